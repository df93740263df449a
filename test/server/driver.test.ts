import { afterEach, describe, expect, test } from 'vitest';
import type { JournalRecord } from '../../src/paxos/record.ts';
import type { ReplicaEffect } from '../../src/replica/effect.ts';
import type { ReplicaInput } from '../../src/replica/input.ts';
import { systemClock } from '../../src/server/clock.ts';
import { Driver } from '../../src/server/driver.ts';
import type { NodeHalt } from '../../src/server/halt.ts';
import type { Turn } from '../../src/server/write-stages.ts';
import { StorageError } from '../../src/storage/storage-error.ts';
import { AssertionFailure } from '../../src/wire/assert.ts';
import type { Instant } from '../../src/wire/clock-reader.ts';
import { emptyClientFrame } from '../../src/wire/frame.ts';
import type { NodeId } from '../../src/wire/identifiers.ts';
import { eventually } from '../eventually.ts';

const n2 = 'n2' as NodeId;
const record = { sequence: 7 } as JournalRecord;

type Script = (input: ReplicaInput, effects: ReplicaEffect[]) => void;

/** A driver over a replica that does what the test says, and everything that it did. */
function drive(script: Script, append: () => Promise<void> = async () => undefined) {
  const steps: { readonly type: ReplicaInput['type']; readonly input: ReplicaInput; readonly instant: Instant }[] = [];
  const done: string[] = [];
  const halts: NodeHalt[] = [];
  const turns: Turn[] = [];
  const clock = systemClock();
  const driver = new Driver({
    replica: {
      step: (input, instant, effects) => {
        steps.push({ type: input.type, input, instant });
        script(input, effects);
      },
    },
    journal: {
      append,
      readSlots: async () => {
        throw new StorageError('IO_ERROR', 'the disk is gone');
      },
    },
    checkpoints: {
      perform: ({ type }) => done.push(type),
      start: () => done.push('checkpoints may be written'),
      stop: () => undefined,
    },
    onStateRead: (token) => done.push(`state ${token}`),
    readClock: () => clock.read(),
    send: (to, _lane, message) => done.push(`send ${to} ${message.type}`),
    reply: (connection) => done.push(`reply ${connection}`),
    closeClient: (connection) => done.push(`close ${connection}`),
    onFrameTaken: (connection) => done.push(`taken ${connection}`),
    onMembersChangeEnded: () => undefined,
    reachPeers: () => undefined,
    onNotice: (code) => done.push(code),
    onAppended: () => done.push('appended'),
    onTurn: (turn) => turns.push(turn),
    onHalt: (halt) => halts.push(halt),
  });
  drivers.push(driver);
  const typesSince = (from: number) => steps.slice(from).map(({ type }) => type);
  return { driver, steps, done, halts, turns, typesSince };
}

const drivers: Driver[] = [];
afterEach(() => {
  for (const driver of drivers.splice(0)) driver.stop();
});

const opened = (connection: number): ReplicaInput => ({ type: 'clientOpened', connection });
const readPoint = { type: 'readPoint', id: 1 } as const;

test('the past comes before boot, then time goes on by itself', async () => {
  const { driver, typesSince, steps, done } = drive(() => undefined);
  for (let count = 0; count < 2; count++) expect(driver.restore({ type: 'restore', record })).toBe(true);
  expect(done).toEqual([]);
  driver.start();
  expect(done).toEqual(['checkpoints may be written']);
  expect(typesSince(0)).toEqual(['restore', 'restore', 'boot', 'endOfTurn']);
  await eventually(() => expect(typesSince(4).slice(0, 4)).toEqual(['tick', 'endOfTurn', 'tick', 'endOfTurn']));
  for (let at = 1; at < steps.length; at++) {
    const [before, after] = [steps[at - 1]?.instant, steps[at]?.instant];
    expect(after?.monotonicMs).toBeGreaterThanOrEqual(before?.monotonicMs ?? 0);
    expect(after?.uptimeMs).toBeGreaterThanOrEqual(before?.uptimeMs ?? 0);
  }
});

test('a checkpoint that the replica does not want is refused, the next one is not', () => {
  const { driver, done } = drive((input, effects) => {
    if (input.type !== 'restoreChunk' || input.slot !== 7) return;
    effects.push({ type: 'dropCheckpoint', slot: 7, problem: 'it is nonsense' });
  });
  expect(driver.restore({ type: 'restoreChunk', slot: 7, bytes: Uint8Array.of(1) })).toBe(false);
  expect(driver.restore({ type: 'restoreChunk', slot: 5, bytes: Uint8Array.of(1) })).toBe(true);
  expect(done).toEqual(['dropCheckpoint']);
});

test('what arrives together makes one turn with one reading of the clock, control first', async () => {
  const { driver, steps, typesSince } = drive(() => undefined);
  for (let connection = 1; connection <= 3; connection++) driver.give(opened(connection), 'bulk');
  driver.give({ type: 'peerConnected', peer: n2 }, 'control');
  const givenMs = performance.now();
  expect(steps).toEqual([]);
  await eventually(() => expect(steps).not.toEqual([]));
  expect(typesSince(0)).toEqual(['peerConnected', 'clientOpened', 'clientOpened', 'clientOpened', 'endOfTurn']);
  expect(new Set(steps.map(({ instant }) => instant)).size).toBe(1);
  expect(steps[0]?.instant.monotonicMs).toBeGreaterThanOrEqual(givenMs);
});

test('a turn tells how long its first input waited, and what it took', async () => {
  const { driver, turns } = drive((input) => {
    const untilMs = performance.now() + (input.type === 'clientOpened' ? 3 : 0);
    while (performance.now() < untilMs);
  });
  driver.give(opened(1), 'bulk');
  const givenMs = performance.now();
  while (performance.now() < givenMs + 2);
  await eventually(() => expect(turns).toHaveLength(1));
  const [{ waitedMs, startMs, endMs } = { waitedMs: 0, startMs: 0, endMs: 0 }] = turns;
  expect(waitedMs).toBeGreaterThanOrEqual(2);
  expect(endMs - startMs).toBeGreaterThanOrEqual(3);
});

test('what can wait makes no turn of its own', async () => {
  const { driver, typesSince } = drive(() => undefined);
  driver.note({ type: 'clientDrained', connection: 1, bytes: 1 });
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  expect(typesSince(0)).toEqual([]);
  driver.give(opened(2), 'bulk');
  await eventually(() => expect(typesSince(0)).toEqual(['clientDrained', 'clientOpened', 'endOfTurn']));
});

test('of each frame it is told that it had its turn, and not before', async () => {
  const { driver, done } = drive((input) => {
    if (input.type === 'clientFrame') done.push(`step of ${input.connection}`);
  });
  const connections = [1, 2, 3];
  for (const connection of connections) {
    driver.give({ type: 'clientFrame', connection, frame: emptyClientFrame }, 'bulk');
  }
  const told = () => done.filter((text) => text.startsWith('taken'));
  await eventually(() => expect(told()).toEqual(connections.map((connection) => `taken ${connection}`)));
  for (const connection of connections) {
    expect(done.indexOf(`step of ${connection}`)).toBeLessThan(done.indexOf(`taken ${connection}`));
  }
});

test('a record is written after what the others wait for has been sent', async () => {
  const { driver, done } = drive(
    (input, effects) => {
      if (input.type !== 'clientOpened') return;
      effects.push({ type: 'persist', record });
      effects.push({ type: 'send', to: n2, lane: 'bulk', message: readPoint });
    },
    async () => {
      done.push('append');
    },
  );
  driver.give(opened(1), 'bulk');
  await eventually(() => expect(done.slice(0, 2)).toEqual(['send n2 readPoint', 'append']));
});

test('bulk that takes long yields to control', async () => {
  const { driver, typesSince } = drive((input) => {
    const untilMs = performance.now() + (input.type === 'clientOpened' ? 3 : 0);
    while (performance.now() < untilMs);
    if (input.type === 'clientOpened' && input.connection === 1) driver.give({ type: 'tick' }, 'control');
  });
  for (let connection = 1; connection <= 4; connection++) driver.give(opened(connection), 'bulk');
  await eventually(() => expect(typesSince(0).filter((type) => type === 'clientOpened')).toHaveLength(4));
  const types = typesSince(0);
  expect(types.indexOf('tick')).toBeLessThan(types.lastIndexOf('clientOpened'));
});

test('effects are carried out in their order, after the turn', async () => {
  const { driver, done } = drive((input, effects) => {
    if (input.type !== 'endOfTurn') return;
    effects.push({ type: 'send', to: n2, lane: 'control', message: readPoint });
    effects.push({ type: 'notice', code: 'formed', text: '' });
    effects.push({ type: 'closeClient', connection: 4 });
  });
  driver.give(opened(1), 'bulk');
  await eventually(() => expect(done).toEqual(['send n2 readPoint', 'formed', 'close 4']));
});

describe('a record', () => {
  const persist: Script = (input, effects) => {
    if (input.type === 'tick') effects.push({ type: 'persist', record });
    if (input.type === 'persistFailed') effects.push({ type: 'halt', code: 'PERSIST_FAILED', reason: input.code });
  };

  test('is reported when it is durable', async () => {
    const { driver, steps, done } = drive(persist);
    driver.give({ type: 'tick' }, 'control');
    await eventually(() => expect(steps.map(({ input }) => input)).toContainEqual({ type: 'persisted', sequence: 7 }));
    expect(done).toEqual(['appended']);
  });

  test('that cannot be written stops the node, which says what the disk said', async () => {
    const { driver, halts } = drive(persist, async () => {
      throw new StorageError('DISK_FULL', 'no space left on /data');
    });
    driver.give({ type: 'tick' }, 'control');
    await eventually(() => expect(halts).toHaveLength(1));
    expect(halts[0]).toEqual({ code: 'PERSIST_FAILED', reason: 'DISK_FULL: no space left on /data' });
  });

  test('that cannot be read back stops the node', async () => {
    const { driver, halts } = drive((input, effects) => {
      if (input.type === 'tick') effects.push({ type: 'readSlots', token: 1, fromSlot: 1, toSlot: 2, maxBytes: 1 });
    });
    driver.give({ type: 'tick' }, 'control');
    await eventually(() => expect(halts).toEqual([{ code: 'READ_FAILED', reason: 'the disk is gone' }]));
  });
});

describe('after a halt', () => {
  test('nothing leaves any more, and nothing is looked at', async () => {
    const { driver, steps, done, halts } = drive((_, effects) => {
      effects.push({ type: 'notice', code: 'formed', text: '' });
      effects.push({ type: 'halt', code: 'WRONG_CLUSTER', reason: 'it is another' });
      effects.push({ type: 'send', to: n2, lane: 'control', message: readPoint });
    });
    driver.start();
    expect(done).toEqual(['formed']);
    expect(halts).toEqual([{ code: 'WRONG_CLUSTER', reason: 'it is another' }]);
    const before = steps.length;
    driver.give(opened(1), 'bulk');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(steps).toHaveLength(before);
    expect(halts).toHaveLength(1);
  });

  test('by a broken invariant, not even what the turn had wanted before', async () => {
    const { driver, done, halts } = drive((input, effects) => {
      if (input.type === 'endOfTurn') throw new AssertionFailure('two and two make four');
      effects.push({ type: 'send', to: n2, lane: 'control', message: readPoint });
    });
    driver.give(opened(1), 'bulk');
    await eventually(() => expect(halts).toHaveLength(1));
    expect(halts[0]).toMatchObject({ code: 'ASSERTION_FAILED' });
    expect(halts[0]?.reason).toContain('two and two make four');
    expect(done).toEqual([]);
  });
});
