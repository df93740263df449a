import { describe, expect, test } from 'vitest';
import type { Revision } from '../../src/wire/identifiers.ts';
import type { TransactionCondition, TransactionOperation } from '../../src/wire/operation.ts';
import { bytes, describeBody, expectKind, get, put, remove, TestMachine, type TestSession, text } from './harness.ts';

/** What each operation of the branch answered, in short. */
function run(session: TestSession, ...then: TransactionOperation[]): readonly string[] {
  const { results } = expectKind(session.send({ kind: 'transaction', if: [], then, else: [] }), 'transaction');
  return results.map((result) => {
    if (result.kind === 'put') return 'put';
    if (result.kind === 'delete') return result.deleted ? 'deleted' : 'absent';
    if (result.kind === 'transaction') return result.succeeded ? 'then' : 'else';
    const { entry } = result;
    if (entry === undefined) return 'nothing';
    return `${text(entry.value)} v${entry.version} c${entry.createRevision} m${entry.modRevision}`;
  });
}

describe('conditions', () => {
  const machine = new TestMachine();
  const session = machine.open();
  session.put('k', 'value'); // revision 2
  const held = session.lock('lock');
  const waiting = machine.open().lock('lock');
  const holds = (...conditions: TransactionCondition[]): boolean =>
    expectKind(session.send({ kind: 'transaction', if: conditions, then: [], else: [] }), 'transaction').succeeded;
  const key = bytes('k');
  const none = bytes('none');
  const revision = (number: number): Revision => number as Revision;

  test.each<[string, TransactionCondition, boolean]>([
    ['exists', { kind: 'exists', key }, true],
    ['exists, of an absent key', { kind: 'exists', key: none }, false],
    ['absent', { kind: 'absent', key: none }, true],
    ['absent, of a key', { kind: 'absent', key }, false],
    ['valueIs', { kind: 'valueIs', key, value: bytes('value') }, true],
    ['valueIs, of another value', { kind: 'valueIs', key, value: bytes('valuE') }, false],
    ['valueIs nothing, of an absent key', { kind: 'valueIs', key: none, value: bytes('') }, false],
    ['modRevisionIs', { kind: 'modRevisionIs', key, modRevision: revision(2) }, true],
    ['modRevisionIs, of an older one', { kind: 'modRevisionIs', key, modRevision: revision(1) }, false],
    ['modRevisionIs 0, of an absent key', { kind: 'modRevisionIs', key: none, modRevision: revision(0) }, true],
    ['lockHeld', { kind: 'lockHeld', name: 'lock', token: held.token }, true],
    ['lockHeld, with another token', { kind: 'lockHeld', name: 'lock', token: held.token - 1 }, false],
    ['lockHeld, of a waiter', { kind: 'lockHeld', name: 'lock', token: waiting.token }, false],
    ['lockHeld, of a free lock', { kind: 'lockHeld', name: 'free', token: 0 }, false],
  ])('%s', (_, condition, expected) => {
    expect(holds(condition)).toBe(expected);
  });

  test('all must hold; none always do', () => {
    expect(holds()).toBe(true);
    expect(holds({ kind: 'exists', key }, { kind: 'absent', key: none })).toBe(true);
    expect(holds({ kind: 'exists', key }, { kind: 'exists', key: none })).toBe(false);
  });
});

test('one branch or the other takes effect, never both', () => {
  const machine = new TestMachine();
  const session = machine.open();
  const create = {
    kind: 'transaction',
    if: [{ kind: 'absent', key: bytes('k') }],
    then: [put('k', 'created')],
    else: [get('k')],
  } as const;
  expect(session.send(create)).toMatchObject({ succeeded: true, results: [{ kind: 'put' }] });
  const again = expectKind(session.send(create), 'transaction');
  expect(again.succeeded).toBe(false);
  expect(again.results).toMatchObject([{ kind: 'get', entry: { value: bytes('created'), version: 1 } }]);
});

test('everything written has the one revision, and shows in it at once', () => {
  const machine = new TestMachine();
  const session = machine.open();
  session.put('c');
  const before = machine.revision;
  run(session, put('b', '1'), put('a', '2'), remove('c'));
  const revision = before + 1;
  expect(machine.revision).toBe(revision);
  expect(machine.events(before)).toEqual([`${revision}: +a=2`, `${revision}: +b=1`, `${revision}: -c (was v)`]);
  expect(machine.everything(before)).toEqual(['c=v']);
});

test('reads see what the transaction wrote before them', () => {
  const machine = new TestMachine();
  const session = machine.open();
  session.put('k', 'old'); // revision 2
  const seen = run(
    session,
    get('k'),
    put('k', 'new'),
    get('k'),
    remove('k'),
    get('k'),
    remove('k'),
    put('k', 'x'),
    get('k'),
  );
  expect(seen).toEqual(['old v1 c2 m2', 'put', 'new v2 c2 m3', 'deleted', 'nothing', 'absent', 'put', 'x v1 c3 m3']);
  expect(machine.get('k')).toMatchObject({ version: 1, createRevision: 3, modRevision: 3 });
});

describe('the net effect on a key is one event', () => {
  test('two puts: the last counts, and the version rises by one', () => {
    const machine = new TestMachine();
    const session = machine.open();
    session.put('k', '0');
    run(session, put('k', '1'), put('k', '2'));
    expect(machine.get('k')).toMatchObject({ version: 2, createRevision: 2, modRevision: 3 });
    expect(machine.events(2)).toEqual(['3: +k=2 (was 0)']);
  });

  test('a delete and a put: created anew', () => {
    const machine = new TestMachine();
    const session = machine.open();
    session.put('k', '0');
    run(session, remove('k'), put('k', '1'), put('k', '2'));
    expect(machine.get('k')).toMatchObject({ version: 1, createRevision: 3, modRevision: 3 });
    expect(machine.events(2)).toEqual(['3: +k=2 (was 0)']);
  });

  test('a put and a delete of a key that was there: deleted', () => {
    const machine = new TestMachine();
    const session = machine.open();
    session.put('k', '0');
    run(session, put('k', '1'), remove('k'));
    expect(machine.events(2)).toEqual(['3: -k (was 0)']);
  });

  test('a put and a delete of a key that was not: no event, but a revision, as a read may have seen it', () => {
    const machine = new TestMachine();
    const session = machine.open();
    expect(run(session, put('k', '1'), get('k'), remove('k'))).toEqual(['put', '1 v1 c2 m2', 'deleted']);
    expect(machine.revision).toBe(2);
    expect(machine.events()).toEqual([]);
    machine.machine.verify();
  });
});

test('ephemeral puts in it belong to the session', () => {
  const machine = new TestMachine();
  const session = machine.open();
  run(session, put('e', 'v', true), put('p'));
  session.close();
  expect(machine.everything()).toEqual(['p=v']);
});

test('a write fenced by a lock does not happen once the lock has passed on', () => {
  const machine = new TestMachine();
  const [first, second] = [machine.open(), machine.open()];
  const { token } = first.lock('l');
  second.lock('l');
  machine.expire(first);
  const late = second.send({
    kind: 'transaction',
    if: [{ kind: 'lockHeld', name: 'l', token }],
    then: [put('k', 'by a holder of the past')],
    else: [],
  });
  expect(late).toMatchObject({ succeeded: false });
  expect(machine.get('k')).toBeUndefined();
});

test('one that reads more than fits in a frame is refused, and writes nothing', () => {
  const machine = new TestMachine();
  const session = machine.open();
  session.put('big', 'x'.repeat(1024 * 1024));
  const before = machine.revision;
  const body = session.send({
    kind: 'transaction',
    if: [],
    then: [put('k'), get('big'), get('big'), get('big'), get('big')],
    else: [],
  });
  expect(describeBody(body)).toBe('FRAME_TOO_LARGE');
  expect(machine.revision).toBe(before);
});

describe('a transaction within another', () => {
  const within = (
    conditions: TransactionCondition[],
    then: TransactionOperation[] = [],
    otherwise: TransactionOperation[] = [],
  ): TransactionOperation => ({ kind: 'transaction', if: conditions, then, else: otherwise });
  const exists = (key: string): TransactionCondition => ({ kind: 'exists', key: bytes(key) });

  test('sees what was written before it, and is seen by what comes after it; all of it has one revision', () => {
    const machine = new TestMachine();
    const session = machine.open();
    const seen = run(
      session,
      within([exists('k')]),
      put('k', '1'),
      within([exists('k')], [put('k', '2'), put('l', '1')]),
      get('k'),
      within([exists('l')], [], [put('m', '1')]),
    );
    expect(seen).toEqual(['else', 'put', 'then', '2 v1 c2 m2', 'then']);
    expect(machine.revision).toBe(2);
    expect(machine.events()).toEqual(['2: +k=2', '2: +l=1']);
  });

  test('compares versions and revisions as they will be', () => {
    const machine = new TestMachine();
    const session = machine.open();
    session.put('k', '1'); // revision 2
    const is = (field: 'version' | 'created' | 'modified', number: number): TransactionCondition => ({
      kind: 'keyCompare',
      key: bytes('k'),
      field,
      comparison: 'equal',
      number,
    });
    const all = (version: number, createdIn: number, modified: number): TransactionOperation =>
      within([is('version', version), is('created', createdIn), is('modified', modified)]);
    const seen = run(
      session,
      all(1, 2, 2),
      put('k', '2'),
      all(2, 2, 3),
      remove('k'),
      all(0, 0, 0),
      put('k'),
      all(1, 3, 3),
    );
    expect(seen).toEqual(['then', 'put', 'then', 'deleted', 'then', 'put', 'then']);
  });

  test('knows the owner that it has just given a key', () => {
    const machine = new TestMachine();
    const session = machine.open();
    const owned: TransactionCondition = { kind: 'ownedBy', key: bytes('k'), sessionId: session.id };
    expect(run(session, within([owned]), put('k', '1', true), within([owned]))).toEqual(['else', 'put', 'then']);
  });

  test('that writes nothing takes no revision', () => {
    const machine = new TestMachine();
    const session = machine.open();
    expect(run(session, within([exists('k')], [put('k')], [within([exists('l')], [], [get('k')])]))).toEqual(['else']);
    expect(machine.revision).toBe(1);
  });

  test('counts with the others: what all of them read has to fit in a frame', () => {
    const machine = new TestMachine();
    const session = machine.open();
    session.put('big', 'x'.repeat(1024 * 1024));
    const reads = within([], [get('big'), get('big')]);
    const body = session.send({ kind: 'transaction', if: [], then: [put('k'), reads, reads], else: [] });
    expect(describeBody(body)).toBe('FRAME_TOO_LARGE');
    expect(machine.get('k')).toBeUndefined();
  });
});
