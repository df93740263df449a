import { expect, test } from 'vitest';
import type { SessionId } from '../../src/wire/identifiers.ts';
import type { SessionInfo } from '../../src/wire/session-info.ts';
import { bytes, expectKind, TestMachine } from './harness.ts';

const plain = { mode: 'exclusive', otherNames: [], permits: 0 } as const;

function get(machine: TestMachine, sessionId: SessionId): SessionInfo | undefined {
  return expectKind(machine.read({ kind: 'sessionGet', sessionId, consistency: 'stale' }), 'sessionState').session;
}

function list(machine: TestMachine, after: number, limit = 0) {
  const body = { kind: 'sessionList', after: after as SessionId, limit, consistency: 'stale' } as const;
  const { sessions, more } = expectKind(machine.read(body), 'sessionList');
  return { ids: sessions.map(({ sessionId }) => sessionId), more, sessions };
}

test('a session shows everything but its secret', () => {
  const machine = new TestMachine();
  const metadata = [
    { name: 'version', value: '1.2' },
    { name: 'host', value: '' },
  ];
  const session = machine.open({ ttlMs: 2_500, name: 'worker', metadata, secret: bytes('0123456789abcdef') });
  const other = machine.open();
  session.put('a', 'v', true);
  session.put('b', 'v', true);
  const held = session.lock('mine');
  other.lock('theirs');
  const place = session.lock('theirs');
  expect(get(machine, session.id)).toEqual({
    sessionId: session.id,
    generation: 1,
    ttlMs: 2_500,
    name: 'worker',
    metadata,
    ephemeralKeys: 2,
    held: [{ name: 'mine', sequence: held.sequence, token: held.token, ...plain }],
    waiting: [{ name: 'theirs', sequence: place.sequence, token: 0, ...plain }],
    moreLocks: false,
  });
});

test('one that has ended, or never was, is not there', () => {
  const machine = new TestMachine();
  const session = machine.open();
  session.close();
  expect(get(machine, session.id)).toBeUndefined();
  expect(get(machine, 99 as SessionId)).toBeUndefined();
});

test('sessions are listed by id, page by page', () => {
  const machine = new TestMachine();
  const ids = Array.from({ length: 5 }, () => machine.open().id);
  expect(list(machine, 0)).toMatchObject({ ids, more: false });
  expect(list(machine, 0, 2)).toMatchObject({ ids: ids.slice(0, 2), more: true });
  expect(list(machine, ids[1] as number, 3)).toMatchObject({ ids: ids.slice(2), more: false });
  expect(list(machine, ids[4] as number)).toMatchObject({ ids: [], more: false });
});

test('a page has at most 1,000 sessions', () => {
  const machine = new TestMachine();
  for (let count = 0; count < 1001; count++) machine.open();
  const first = list(machine, 0);
  expect(first).toMatchObject({ more: true });
  expect(first.ids).toHaveLength(1000);
  expect(list(machine, first.ids.at(-1) as number)).toMatchObject({ ids: [1001], more: false });
});

test('a page ends where a frame would, and a session alone tells as many locks as fit', () => {
  const machine = new TestMachine();
  const [large, small] = [machine.open(), machine.open()];
  for (let index = 0; index < 400; index++) {
    large.lock(`${'n'.repeat(4000)}${index}`);
    large.acknowledged = large.sequence - 1;
  }
  const page = list(machine, 0);
  expect(page).toMatchObject({ ids: [large.id], more: true });
  expect(page.sessions[0]?.moreLocks).toBe(true);
  expect(page.sessions[0]?.held.length).toBeGreaterThan(300);
  expect(list(machine, large.id)).toMatchObject({ ids: [small.id], more: false });
});

test('metadata past a bound is refused', () => {
  const machine = new TestMachine();
  const open = (metadata: { name: string; value: string }[]) =>
    machine.result(
      machine.operation({ kind: 'openSession', ttlMs: 100, name: '', nonce: 1n, secret: bytes(''), metadata }),
    ).body;
  const many = Array.from({ length: 17 }, (_, index) => ({ name: `${index}`, value: '' }));
  expect(open(many)).toMatchObject({ code: 'INVALID_ARGUMENT', message: 'the metadata has 17 entries, more than 16' });
  expect(open(many.slice(1)).kind).toBe('sessionOpened');
  expect(open([{ name: 'a', value: 'é'.repeat(2048) }])).toMatchObject({ code: 'INVALID_ARGUMENT' });
  expect(open([{ name: 'ab', value: 'é'.repeat(2047) }]).kind).toBe('sessionOpened');
});
