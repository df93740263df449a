import { expect, test } from 'vitest';
import type { ErrorCode } from '../../../src/wire/errors.ts';
import type { Operation } from '../../../src/wire/operation.ts';
import { get, put, type TestStream, World } from './world.ts';

/** What happened to a command before its time was over; its stream, and what was sent. */
type Story = (world: World, stream: TestStream, sent: () => Operation[]) => void;

function told(code: ErrorCode): Story {
  return (world, _stream, sent) => world.refuse(sent(), code);
}

const stories: readonly (readonly [what: string, story: Story, verdict: string])[] = [
  ['sent, not answered', () => undefined, 'TIMEOUT unknown'],
  ['refused: no leader', told('NOT_LEADER'), 'UNAVAILABLE not-applied'],
  ['refused: busy', told('BUSY'), 'BUSY not-applied'],
  ['refused: behind', told('NODE_BEHIND'), 'NODE_BEHIND not-applied'],
  // Another copy of it may be on its way: nodes send a command again when the leader changes.
  ['out of order', told('OUT_OF_ORDER'), 'TIMEOUT unknown'],
  ['may have been queued', told('UNAVAILABLE'), 'TIMEOUT unknown'],
  [
    'refused, then sent again without an answer',
    (world, _stream, sent) => {
      world.refuse(sent(), 'BUSY');
      world.advance(50);
    },
    'TIMEOUT unknown',
  ],
  [
    'unanswered on a broken stream, then refused',
    (world) => {
      world.break();
      world.refuse(world.welcome().newOperations(), 'NOT_LEADER');
    },
    'TIMEOUT unknown',
  ],
  [
    'refused, then the stream broke',
    (world, _stream, sent) => {
      world.refuse(sent(), 'NOT_LEADER');
      world.break();
    },
    'UNAVAILABLE not-applied',
  ],
  ['refused by the state', told('COUNTER_OVERFLOW'), 'COUNTER_OVERFLOW not-applied'],
  ['no room under the quota', told('QUOTA_EXCEEDED'), 'QUOTA_EXCEEDED not-applied'],
  ['refused by the node', told('INVALID_ARGUMENT'), 'INVALID_ARGUMENT not-applied'],
  ['a fault of the service', told('INTERNAL'), 'INTERNAL unknown'],
  ['its result was forgotten', told('RESULT_FORGOTTEN'), 'RESULT_FORGOTTEN unknown'],
  ['unknown session', told('SESSION_EXPIRED'), 'SESSION_EXPIRED not-applied'],
  [
    'unknown session, after an attempt without an answer',
    (world) => {
      world.break();
      world.refuse(world.welcome().newOperations(), 'SESSION_EXPIRED');
    },
    'SESSION_EXPIRED unknown',
  ],
  ['answered', (world, _stream, sent) => world.answer(sent()[0]!, { kind: 'put' }), 'result'],
];

test.each(stories)('a command: %s', (_what, story, verdict) => {
  const world = new World();
  const stream = world.openSession();
  const call = world.put('a', 400);
  story(world, stream, () => stream.newOperations());
  world.stall(400);
  world.give({ type: 'tick' });
  expect(world.verdict(call)).toBe(verdict);
});

test('a command that never left the process', () => {
  const world = new World();
  world.openSession();
  world.break();
  const call = world.put('a', 300);
  world.advance(300);
  expect(world.verdict(call)).toBe('UNAVAILABLE not-applied');
  expect(world.failure(call)?.endpoints?.map(({ endpoint }) => endpoint)).toEqual(['a:1', 'b:2', 'c:3']);
});

test.each(['NOT_LEADER', 'BUSY'] as const)('a command long after the opening was refused once: %s', (code) => {
  const world = new World();
  const stream = world.connect();
  world.put('first');
  world.refuse(stream.newOperations(), code);
  world.advance(20);
  world.answerOpening(7);
  world.answer(stream.newOperations()[0]!, { kind: 'put' });
  world.break();
  const call = world.put('a', 300);
  world.advance(300);
  expect(world.failure(call)).toMatchObject({ code: 'UNAVAILABLE', outcome: 'not-applied' });
  expect(world.failure(call)?.endpoints?.map(({ endpoint }) => endpoint)).toEqual(['a:1', 'b:2', 'c:3']);
});

test('a command that waited behind others', () => {
  const world = new World();
  const stream = world.openSession();
  world.writable = false;
  world.put('a');
  const call = world.put('b', 300);
  world.advance(300);
  expect(world.verdict(call)).toBe('TIMEOUT not-applied');
  world.writable = true;
  world.give({ type: 'streamWritable', stream: stream.id });
  expect(stream.newOperations().map(({ command }) => command?.sequence)).toEqual([2]);
});

test('the end of a session tells sent commands from those that never left', () => {
  const world = new World();
  const stream = world.openSession();
  const sent = world.put('a');
  const refused = world.put('b');
  const [, second] = stream.newOperations();
  world.refuse([second!], 'BUSY');
  world.writable = false;
  const queued = world.put('c');
  world.keepAliveAnswer(0, [], [7]);
  expect(world.verdict(sent)).toBe('SESSION_EXPIRED unknown');
  expect(world.verdict(refused)).toBe('SESSION_EXPIRED not-applied');
  expect(world.verdict(queued)).toBe('SESSION_EXPIRED not-applied');
});

test('answers in the frame that ends the session are taken first', () => {
  const world = new World();
  const stream = world.openSession();
  const [first, second] = [world.put('a'), world.put('b')];
  const sent = stream.newOperations();
  world.refuse(sent, 'SESSION_EXPIRED');
  expect(world.verdict(first)).toBe('SESSION_EXPIRED not-applied');
  expect(world.verdict(second)).toBe('SESSION_EXPIRED not-applied');
});

test('an aborted call says what is known of its effect', () => {
  const world = new World();
  const stream = world.openSession();
  const sent = world.put('a');
  world.give({ type: 'cancel', callId: sent });
  expect(world.verdict(sent)).toBe('ABORTED unknown');
  world.break(stream);
  const unsent = world.put('b');
  world.give({ type: 'cancel', callId: unsent });
  expect(world.verdict(unsent)).toBe('ABORTED not-applied');
});

test('a read has no effect, whatever happened to it', () => {
  const world = new World();
  world.connect();
  const call = world.call({ kind: 'read', body: get('a') }, 300);
  world.advance(300);
  expect(world.verdict(call)).toBe('TIMEOUT not-applied');
});

test('a read is not refused for the sake of those whose time is over', () => {
  const world = new World();
  world.give({ type: 'tick' });
  for (let count = 0; count < 16_384; count++) world.call({ kind: 'read', body: get('a') }, 100);
  world.advance(200);
  const call = world.call({ kind: 'read', body: get('a') }, 100);
  expect(world.settlement(call)).toBeUndefined();
  world.advance(200);
  expect(world.verdict(call)).toBe('UNAVAILABLE not-applied');
  expect(world.failure(call)?.endpoints?.map(({ endpoint }) => endpoint)).toEqual(['a:1', 'b:2', 'c:3']);
});

test('a refused read is sent again', () => {
  const world = new World();
  const stream = world.connect();
  const call = world.call({ kind: 'read', body: get('a') }, 5_000);
  world.refuse(stream.newOperations(), 'NODE_BEHIND');
  world.advance(20);
  world.answer(stream.newOperations()[0]!, { kind: 'get', entry: undefined });
  expect(world.verdict(call)).toBe('result');
});

test.each([
  ['an empty key', put(''), 'INVALID_ARGUMENT'],
  ['a long key', put('k'.repeat(4_097)), 'KEY_TOO_LARGE'],
  ['a long value', put('k', 'v'.repeat(1024 * 1024 + 1)), 'VALUE_TOO_LARGE'],
] as const)('%s is refused before it is sent', (_what, body, code) => {
  const world = new World();
  const stream = world.openSession();
  const call = world.call({ kind: 'command', body });
  expect(world.verdict(call)).toBe(`${code} not-applied`);
  expect(stream.newOperations()).toEqual([]);
});

test('a transaction that fits in no frame is refused before it is sent', () => {
  const world = new World();
  const stream = world.openSession();
  const then = ['a', 'b', 'c', 'd', 'e'].map((key) => put(key, 'v'.repeat(1024 * 1024)));
  const call = world.call({ kind: 'command', body: { kind: 'transaction', if: [], then, else: [] } });
  expect(world.verdict(call)).toBe('FRAME_TOO_LARGE not-applied');
  expect(stream.newOperations()).toEqual([]);
});
