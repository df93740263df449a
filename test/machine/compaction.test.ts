import { expect, test } from 'vitest';
import type { Revision } from '../../src/wire/identifiers.ts';
import { bytes, expectKind, TestMachine, type TestSession } from './harness.ts';

/** Revisions 2 to 7. */
function written(): TestMachine {
  const machine = new TestMachine();
  const session = machine.open();
  session.put('a', '1'); // 2
  session.put('b', '1'); // 3
  session.put('a', '2'); // 4
  session.delete('b'); // 5
  session.put('c', '1'); // 6
  session.put('a', '3'); // 7
  return machine;
}

test('reads at the floor and above are as before; below it they are COMPACTED and name the oldest', () => {
  const machine = written();
  const before = [4, 5, 6, 7].map((revision) => machine.everything(revision));
  machine.compact(4);
  expect([4, 5, 6, 7].map((revision) => machine.everything(revision))).toEqual(before);
  const body = machine.read({ kind: 'get', key: bytes('a'), revision: 3 as Revision, consistency: 'stale' });
  expect(expectKind(body, 'error')).toMatchObject({ code: 'COMPACTED', oldestRevision: 4 });
  expect(() => machine.everything(1)).toThrow('COMPACTED');
  expect(machine.machine.compactedRevision).toBe(4);
  machine.machine.verify();
});

test('events at the floor and below are gone; those above keep what was before them', () => {
  const machine = written();
  machine.compact(4);
  expect(machine.events()).toEqual(['5: -b (was 1)', '6: +c=1', '7: +a=3 (was 2)']);
  expect(machine.machine.oldestRevision).toBe(5);
  expect(() => machine.machine.eventsAt(4)).toThrow('revision 4');
  expect(() => [...machine.machine.events(3)]).toThrow('revision 4');
});

test('what cannot be seen any more takes no room', () => {
  const machine = written();
  const few = machine.machine.clone();
  machine.compact(7);
  expect(machine.machine.historySize).toEqual({ revisions: 0, bytes: 0 });
  expect(machine.machine.encode().length).toBeLessThan(few.encode().length);
  expect(machine.everything()).toEqual(['a=3', 'c=1']);
  machine.machine.verify();
});

test('the state is the same whether history is compacted at once or in steps', () => {
  const atOnce = written();
  const inSteps = written();
  atOnce.compact(6);
  for (const revision of [2, 3, 5, 6]) inSteps.compact(revision);
  expect(inSteps.machine.encode()).toEqual(atOnce.machine.encode());
  expect(inSteps.machine.hash).toBe(atOnce.machine.hash);
});

test('it is part of the state', () => {
  const machine = written();
  const { hash } = machine.machine;
  machine.compact(1);
  expect(machine.machine.hash).not.toBe(hash);
});

test('a compaction behind the floor, or ahead of the newest revision, does nothing', () => {
  const machine = written();
  machine.compact(4);
  const before = machine.machine.encode();
  for (const revision of [0, 3, 4, 8]) machine.compact(revision);
  expect(machine.machine.encode()).toEqual(before);
});

test('a key deleted before the floor can be created anew', () => {
  const machine = written();
  machine.compact(6);
  const session = machine.open();
  session.put('b', '2');
  expect(machine.get('b')).toMatchObject({ createRevision: 9, version: 1 });
  expect(machine.value('b', 6)).toBeUndefined();
  expect(machine.events(8)).toEqual(['9: +b=2']);
  machine.machine.verify();
});

test('history tells its size', () => {
  const machine = new TestMachine();
  const session = machine.open();
  const opened = machine.machine.historySize;
  expect(opened.revisions).toBe(1);
  session.put('key', 'value');
  const { revisions, bytes: size } = machine.machine.historySize;
  expect(revisions).toBe(2);
  expect(size).toBeGreaterThanOrEqual(opened.bytes + 'keyvalue'.length);
  session.put('key', 'x'.repeat(1000));
  expect(machine.machine.historySize.bytes).toBeGreaterThanOrEqual(size + 1000);
});

test('a client compacts as the service does, is told the floor, and takes no revision', () => {
  const [byClient, byService] = [written(), written()];
  const session = byClient.open();
  byService.open();
  const compact = (revision: number) => session.send({ kind: 'compactHistory', revision: revision as Revision });
  expect(compact(5)).toEqual({ kind: 'compactHistory', floor: 5 });
  byService.compact(5);
  expect(byClient.revision).toBe(byService.revision);
  expect(byClient.everything(5)).toEqual(byService.everything(5));
  expect(byClient.events()).toEqual(byService.events());
  expect(compact(3)).toEqual({ kind: 'compactHistory', floor: 5 });
  byClient.machine.verify();
});

test('what does not exist yet is not compacted', () => {
  const machine = written();
  const session = machine.open(); // 8
  const compact = (revision: number) => session.send({ kind: 'compactHistory', revision: revision as Revision });
  expect(compact(9)).toMatchObject({ kind: 'error', code: 'FUTURE_REVISION' });
  expect(machine.machine.compactedRevision).toBe(0);
  expect(compact(8)).toEqual({ kind: 'compactHistory', floor: 8 });
});

test.each([
  ['locks', (session: TestSession, name: string) => session.lock(name)],
  ['counters', (session: TestSession, name: string) => session.send({ kind: 'counterAdd', name, count: 1 })],
])('what happens to %s counts, and is compacted when it is too much', (_kind, change) => {
  const machine = new TestMachine();
  const session = machine.open();
  for (let index = 0; index < 20; index++) {
    const before = machine.machine.historySize.bytes;
    change(session, `${index}`.padEnd(1_000, '.'));
    expect(machine.machine.historySize.bytes).toBeGreaterThan(before + 1_000);
  }
  const { revision } = machine;
  expect(machine.machine.compactionKeeping(1_000, 1_000_000)).toBe(0);
  expect(machine.machine.compactionKeeping(1_000, 0)).toBe(revision);
  const through = machine.machine.compactionKeeping(1_000, 20_000);
  machine.compact(through - 1);
  expect(machine.machine.historySize.bytes).toBeGreaterThan(20_000);
  machine.compact(through);
  expect(machine.machine.historySize.bytes).toBeLessThanOrEqual(20_000);
  machine.machine.verify();
});
