import { beforeAll, expect, test } from 'vitest';
import { type Client, cond, connect, op } from '../../src/client/index.ts';
import { FakeNode } from './fake-node.ts';
import { rejection } from './support.ts';

let client: Client;
let node: FakeNode;

beforeAll(async () => {
  node = await FakeNode.start();
  client = await connect({ endpoints: [node.address] });
  return async () => {
    await client.close();
    node.stop();
  };
});

const wrong = 7 as never;

const calls: readonly (readonly [what: string, code: string, call: () => Promise<unknown>])[] = [
  ['a key of another type', 'INVALID_ARGUMENT', () => client.get(wrong)],
  ['an empty key', 'INVALID_ARGUMENT', () => client.get('')],
  ['half of a surrogate pair', 'INVALID_ARGUMENT', () => client.get('\ud800')],
  ['a long key', 'KEY_TOO_LARGE', () => client.get('k'.repeat(4_097))],
  ['a value of another type', 'INVALID_ARGUMENT', () => client.put('a', wrong)],
  ['no value', 'INVALID_ARGUMENT', () => client.put('a', undefined as never)],
  ['a long value', 'VALUE_TOO_LARGE', () => client.put('a', new Uint8Array(1024 * 1024 + 1))],
  ['an ephemeral that is no boolean', 'INVALID_ARGUMENT', () => client.put('a', '', { ephemeral: wrong })],
  ['a timeout of 0', 'INVALID_ARGUMENT', () => client.get('a', { timeoutMs: 0 })],
  ['a timeout that is no number', 'INVALID_ARGUMENT', () => client.get('a', { timeoutMs: Number.NaN })],
  ['a signal of another type', 'INVALID_ARGUMENT', () => client.get('a', { signal: wrong })],
  ['options of another type', 'INVALID_ARGUMENT', () => client.get('a', wrong)],
  ['another consistency', 'INVALID_ARGUMENT', () => client.get('a', { consistency: 'eventual' as never })],
  ['revision 0', 'INVALID_ARGUMENT', () => client.get('a', { revision: 0 })],
  ['half a revision', 'INVALID_ARGUMENT', () => client.watch('a', { fromRevision: 1.5 })],
  ['another type of events', 'INVALID_ARGUMENT', () => client.watch('a', { events: 'all' as never })],
  ['a progress that is no boolean', 'INVALID_ARGUMENT', () => client.watch('a', { progress: wrong })],
  ['a previous that is no boolean', 'INVALID_ARGUMENT', () => client.watch('a', { previous: wrong })],
  ['the name of a lock of another type', 'INVALID_ARGUMENT', () => client.watchLock(wrong)],
  ['an empty name of a lock', 'INVALID_ARGUMENT', () => client.watchLock('')],
  ['a long name of a counter', 'KEY_TOO_LARGE', () => client.watchCounter('n'.repeat(4_097))],
  ['a prefix of another type', 'INVALID_ARGUMENT', () => client.watchCounter({ prefix: wrong })],
  ['the present of a prefix', 'INVALID_ARGUMENT', () => client.watchLock({ prefix: 'a' }, { initial: true })],
  ['the present and the past', 'INVALID_ARGUMENT', () => client.watchLock('a', { initial: true, fromRevision: 5 })],
  ['a session that never was', 'INVALID_ARGUMENT', () => client.watchSessions({ id: '' })],
  ['a selector of another type', 'INVALID_ARGUMENT', () => client.range(wrong)],
  ['an empty selector', 'INVALID_ARGUMENT', () => client.range({} as never)],
  ['prefix and from', 'INVALID_ARGUMENT', () => client.watch({ prefix: 'a', from: 'b' })],
  ['a limit of 0', 'INVALID_ARGUMENT', () => client.range('a', { limit: 0 })],
  ['an empty name', 'INVALID_ARGUMENT', () => client.lock('')],
  ['a name of another type', 'INVALID_ARGUMENT', () => client.tryLock(wrong)],
  ['a long name', 'KEY_TOO_LARGE', () => client.lock('n'.repeat(4_097))],
  ['a task that is no function', 'INVALID_ARGUMENT', () => client.withLock('a', wrong)],
  ['a counter without a name', 'INVALID_ARGUMENT', () => client.counter(wrong).next()],
  ['a block of 0', 'INVALID_ARGUMENT', () => client.counter('a').nextBlock(0)],
  ['a count of half', 'INVALID_ARGUMENT', () => client.counter('a').nextBlock(0.5)],
  ['a counter read in the past', 'INVALID_ARGUMENT', () => client.counter('a').get({ revision: 5 })],
  ['a number for a bigint', 'INVALID_ARGUMENT', () => client.counter('a').compareAndSet(1n, wrong)],
  ['more than 64 bits', 'INVALID_ARGUMENT', () => client.counter('a').compareAndSet(1n, 2n ** 63n)],
  ['an id of another type', 'INVALID_ARGUMENT', () => client.sessions.get(wrong)],
  ['an id that is none', 'INVALID_ARGUMENT', () => client.sessions.close('0')],
  ['a place in the list that is none', 'INVALID_ARGUMENT', () => client.sessions.list({ after: '1.5' })],
  ['too long a list', 'INVALID_ARGUMENT', () => client.sessions.list({ limit: 1_001 })],
  ['a transaction of another type', 'INVALID_ARGUMENT', () => client.txn(wrong)],
  ['a transaction without branches', 'INVALID_ARGUMENT', () => client.txn({} as never)],
  ['a condition that is none', 'INVALID_ARGUMENT', () => client.txn({ if: [{ kind: 'maybe' }], then: [] })],
  ['an operation that is none', 'INVALID_ARGUMENT', () => client.txn({ if: [], then: [{} as never] })],
  ['an operation without a key', 'INVALID_ARGUMENT', () => client.txn({ if: [], then: [op.put(wrong, '')] })],
  ['a lock without a token', 'INVALID_ARGUMENT', () => client.txn({ if: [cond.lockHeld({} as never)], then: [] })],
  [
    'too many operations',
    'TOO_MANY_OPERATIONS',
    () => client.txn({ if: [], then: Array.from({ length: 1_025 }, () => op.get('a')) }),
  ],
];

test.each(calls)('%s is refused at once: %s', async (_what, code, call) => {
  const error = await rejection(call());
  expect(error).toMatchObject({ code, outcome: 'not-applied', retryable: false });
  expect(node.operations.filter(({ body }) => body.kind !== 'openSession')).toEqual([]);
});

test('a status feed refuses a signal that is none', () => {
  expect(() => client.status({ signal: wrong })).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
});
