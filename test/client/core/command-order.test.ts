import { expect, test } from 'vitest';
import { decodeOperation } from '../../../src/wire/operation-codec.ts';
import { kinds, sequences, World } from './world.ts';

test('after a reconnect, unanswered commands are sent again in order, byte for byte the same', () => {
  const world = new World();
  const first = world.openSession();
  for (const key of ['a', 'b', 'c', 'd']) world.put(key);
  const before = first.newOperationBytes();
  expect(before.map((bytes) => decodeOperation(bytes).command?.sequence)).toEqual([2, 3, 4, 5]);
  world.answer(decodeOperation(before[1]!), { kind: 'put' });
  world.break();
  world.put('e');
  const second = world.welcome();
  const again = second.newOperationBytes();
  expect(again.slice(0, 3)).toEqual([before[0], before[2], before[3]]);
  const [fresh] = again.slice(3).map((bytes) => decodeOperation(bytes));
  expect(again).toHaveLength(4);
  expect(fresh?.command).toEqual({ sessionId: 7, generation: 1, sequence: 6, acknowledged: 1 });
});

test('an answer on the old stream is not taken once there is a new one', () => {
  const world = new World();
  const first = world.openSession();
  const call = world.put('a');
  const [operation] = first.newOperations();
  world.break();
  const second = world.welcome();
  world.answer(operation!, { kind: 'put' }, first);
  expect(world.settlement(call)).toBeUndefined();
  world.answer(second.newOperations()[0]!, { kind: 'put' });
  expect(world.verdict(call)).toBe('result');
});

test('`acknowledged` is the highest number up to which every result has been seen', () => {
  const world = new World();
  const stream = world.openSession();
  for (const key of ['a', 'b', 'c']) world.put(key);
  const [two, three, four] = stream.newOperations();
  world.answer(four!, { kind: 'put' });
  world.answer(three!, { kind: 'put' });
  world.put('d');
  expect(stream.newOperations()[0]?.command).toMatchObject({ sequence: 5, acknowledged: 1 });
  world.answer(two!, { kind: 'put' });
  world.put('e');
  expect(stream.newOperations()[0]?.command).toMatchObject({ sequence: 6, acknowledged: 4 });
});

test('no more than 1,024 results are left unacknowledged', () => {
  const world = new World();
  const stream = world.openSession();
  for (let count = 0; count < 1_500; count++) world.put();
  const sent = stream.newOperations();
  expect(sent).toHaveLength(1_024);
  world.answer(sent[1]!, { kind: 'put' });
  expect(stream.newOperations()).toEqual([]);
  world.answer(sent[0]!, { kind: 'put' });
  expect(sequences(stream.newOperations())).toEqual([1_026, 1_027]);
});

test('past its bound, the local queue says BUSY', () => {
  const world = new World();
  world.give({ type: 'tick' });
  const calls = Array.from({ length: 16_385 }, () => world.put());
  expect(world.settlement(calls[16_383]!)).toBeUndefined();
  expect(world.verdict(calls[16_384]!)).toBe('BUSY not-applied');
});

test('what gathers while a frame is being written goes in the next one', () => {
  const world = new World();
  const stream = world.openSession();
  const framesBefore = stream.frames.length;
  world.writable = false;
  for (const key of ['a', 'b', 'c', 'd']) world.put(key);
  expect(stream.frames.slice(framesBefore).map(({ operations }) => operations.length)).toEqual([1]);
  world.writable = true;
  world.give({ type: 'streamWritable', stream: stream.id });
  expect(stream.frames.slice(framesBefore).map(({ operations }) => operations.length)).toEqual([1, 3]);
});

test('a frame is cut at 1 MiB, and a larger operation has one of its own', () => {
  const world = new World();
  const stream = world.openSession();
  world.writable = false;
  world.put('blocks the stream');
  const framesBefore = stream.frames.length;
  const value = 'v'.repeat(600_000);
  for (const key of ['a', 'b', 'c']) {
    world.call({ kind: 'command', body: { kind: 'put', key: bytes(key), value: bytes(value), ephemeral: false } });
  }
  world.writable = true;
  world.give({ type: 'streamWritable', stream: stream.id });
  expect(stream.frames.slice(framesBefore).map(({ operations }) => operations.length)).toEqual([1, 1, 1]);
});

test('a refused command and all that were taken out of order are sent again together, in order', () => {
  const world = new World();
  const stream = world.openSession();
  for (const key of ['a', 'b', 'c']) world.put(key);
  const sent = stream.newOperations();
  world.refuse([sent[0]!], 'BUSY');
  world.refuse([sent[1]!, sent[2]!], 'OUT_OF_ORDER');
  world.put('d');
  expect(stream.newOperations()).toEqual([]);
  world.advance(20);
  const again = stream.newOperations();
  expect(sequences(again)).toEqual([2, 3, 4, 5]);
  expect(again.slice(0, 3)).toEqual(sent);
});

test('the number of a command that surely had no effect, and that nobody waits for, is taken by an empty transaction', () => {
  const world = new World();
  const stream = world.openSession();
  const call = world.put('a', 100);
  world.refuse(stream.newOperations(), 'NOT_LEADER');
  world.give({ type: 'cancel', callId: call });
  expect(world.verdict(call)).toBe('ABORTED not-applied');
  world.put('b');
  world.advance(20);
  const [filler, next] = stream.newOperations();
  expect(filler).toMatchObject({ body: { kind: 'transaction', if: [], then: [], else: [] }, command: { sequence: 2 } });
  expect(next).toMatchObject({ body: { kind: 'put' }, command: { sequence: 3 } });
  world.answer(filler!, { kind: 'transaction', succeeded: true, results: [] });
  world.answer(next!, { kind: 'put' });
  world.put('c');
  expect(stream.newOperations()[0]?.command).toMatchObject({ sequence: 4, acknowledged: 3 });
});

test('so is the number of a command that was refused for good before it was queued', () => {
  const world = new World();
  const stream = world.openSession();
  const call = world.put('a');
  const [operation] = stream.newOperations();
  world.refuse([operation!], 'UNSUPPORTED');
  expect(world.verdict(call)).toBe('UNSUPPORTED not-applied');
  const [filler] = stream.newOperations();
  expect(filler).toMatchObject({ body: { kind: 'transaction' }, command: { sequence: 2 } });
  // If the number had been taken after all, its first result comes again, and that is the end of it.
  world.refuse([filler!], 'UNSUPPORTED');
  expect(stream.newOperations()).toEqual([]);
  world.put('b');
  expect(stream.newOperations()[0]?.command).toMatchObject({ sequence: 3, acknowledged: 2 });
});

test('a command that was sent is sent again though nobody waits for it, since those after it need its number', () => {
  const world = new World();
  const first = world.openSession();
  const call = world.put('a', 100);
  const before = first.newOperationBytes();
  world.advance(150);
  expect(world.verdict(call)).toBe('TIMEOUT unknown');
  world.break();
  const second = world.welcome();
  expect(second.newOperationBytes()).toEqual(before);
});

test('a service that counts otherwise ends the session', () => {
  const world = new World({ endpoints: ['a:1'] });
  const stream = world.openSession();
  const call = world.put('a', 60_000);
  for (let round = 0; round < 20; round++) {
    world.refuse(stream.newOperations(), 'OUT_OF_ORDER');
    world.advance(500);
    world.answerKeepAlives();
  }
  expect(world.verdict(call)).toBe('SESSION_EXPIRED unknown');
  world.put('b');
  expect(kinds(stream.newOperations())).toContain('openSession');
});

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
