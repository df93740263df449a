import { expect, test } from 'vitest';
import { encodeNoticeBody, joinNotice } from '../../src/wire/notice-codec.ts';
import { put, remove, TestMachine, text } from './harness.ts';

test('every revision that touches keys is told once, in order, with what was there before', () => {
  const machine = new TestMachine();
  const session = machine.open(); // 1
  session.put('a', '1'); // 2
  session.lock('l'); // 3
  session.put('a', '2'); // 4
  session.send({ kind: 'counterAdd', name: 'c', count: 1 }); // 5
  session.delete('a'); // 6
  session.put('a', '3'); // 7
  expect(machine.events()).toEqual(['2: +a=1', '4: +a=2 (was 1)', '6: -a (was 2)', '7: +a=3']);
  expect(machine.events(4)).toEqual(['6: -a (was 2)', '7: +a=3']);
  expect(machine.events(7)).toEqual([]);
  expect(machine.machine.eventsAt(3)).toEqual([]);
});

test('the events of a revision come in key order, whatever the order of writing', () => {
  const machine = new TestMachine();
  const session = machine.open();
  session.put('b');
  const before = machine.revision;
  session.send({ kind: 'transaction', if: [], then: [put('c'), remove('b'), put('a')], else: [] });
  const keys = machine.machine.eventsAt(before + 1).map(({ keyString }) => keyString);
  expect(keys).toEqual(['a', 'b', 'c']);
});

test('an event can be sent as it is', () => {
  const machine = new TestMachine();
  const session = machine.open();
  session.put('k', 'old');
  session.put('k', 'new', true);
  session.delete('k');
  const [second, third] = [...machine.machine.events(2)];
  expect(second?.events[0]).toMatchObject({ type: 'put', keyString: 'k' });
  if (second === undefined || third === undefined) throw new Error('there are three');
  for (const { revision, events } of [second, third]) {
    const body = encodeNoticeBody({ kind: 'batch', revision, events, partial: false });
    expect(joinNotice([1], body).length).toBeGreaterThan(10);
  }
  const event = second.events[0];
  expect(event?.type === 'put' && text(event.entry.value)).toBe('new');
  expect(event?.type === 'put' && event.entry.sessionId).toBe(session.id);
  expect(event?.previous && text(event.previous.value)).toBe('old');
});

test('reading goes on while slots are applied', () => {
  const machine = new TestMachine();
  const session = machine.open();
  session.put('k', '1');
  const reader = machine.machine.events(1);
  expect(reader.next().value).toMatchObject({ revision: 2 });
  session.put('k', '2');
  expect(reader.next().value).toMatchObject({ revision: 3 });
  expect(reader.next().done).toBe(true);
});

test('a reader that compaction overtakes is stopped, never led past a gap', () => {
  const machine = new TestMachine();
  const session = machine.open();
  for (const value of ['1', '2', '3', '4']) session.put('k', value);
  const reader = machine.machine.events(1);
  reader.next();
  machine.compact(4);
  expect(() => reader.next()).toThrow('revision 3');
});
