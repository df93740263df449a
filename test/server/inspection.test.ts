import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, connect } from '../../src/client/index.ts';
import { type InspectionCall, type InspectionCalls, requestInspection } from '../../src/rpc/inspection-client.ts';
import { utf8Bytes } from '../../src/wire/bytes.ts';
import { decodeOperations } from '../../src/wire/operation-codec.ts';
import { eventually } from '../eventually.ts';
import { NodesInProcess } from './nodes.ts';

let nodes: NodesInProcess;
let address: string;
let client: Client;

beforeAll(async () => {
  nodes = await NodesInProcess.prepare(1);
  await nodes.startAll();
  address = (await nodes.leader()).address;
  const session = { name: 'worker', metadata: { host: 'h1' }, ttlMs: 4_000 };
  client = await connect({ endpoints: [address], session, timeoutMs: 10_000 });
});

afterAll(async () => {
  await client?.close();
  await nodes?.dispose();
});

function inspect<Call extends InspectionCall>(call: Call, request: InspectionCalls[Call]['request']) {
  return requestInspection(address, call, request, { timeoutMs: 5_000 });
}

test('of locks: who holds them, who waits, what is said of it, and for how long', async () => {
  const lock = await client.lock('jobs/1', { note: 'on h1' });
  const waiting = client.lock('jobs/1');
  const reader = await client.lock('other', { shared: true });
  const page = await eventually(async () => {
    const found = await inspect('Locks', { prefix: 'jobs/', after: '', limit: 0 });
    expect(found.locks[0]?.waiterCount).toBe(1);
    return found;
  });
  expect(page).toMatchObject({ timed: true, more: false, locks: [{ name: 'jobs/1', holderCount: 1, delayMs: 0 }] });
  const [holder] = page.locks[0]?.holders ?? [];
  expect(holder).toMatchObject({ sessionId: Number(client.session.id), sessionName: 'worker', mode: 'exclusive' });
  expect(holder).toMatchObject({ token: lock.token, note: Buffer.from('on h1') });
  expect(holder?.remainingMs).toBeGreaterThan(0);
  expect(page.locks[0]?.waiters[0]).toMatchObject({ sessionName: 'worker', token: 0 });
  const first = await inspect('Locks', { prefix: '', after: '', limit: 1 });
  expect([first.locks.map(({ name }) => name), first.more]).toEqual([['jobs/1'], true]);
  const second = await inspect('Locks', { prefix: '', after: 'jobs/1', limit: 1 });
  expect([second.locks.map(({ name }) => name), second.more]).toEqual([['other'], false]);
  await lock.release();
  await (await waiting).release();
  await reader.release();
});

test('of a lock that a delay keeps closed: how much is left of it', async () => {
  const other = await connect({ endpoints: [address], timeoutMs: 10_000 });
  await other.lock('delayed', { delayMs: 60_000 });
  await client.sessions.close(other.session.id);
  const { locks } = await inspect('Locks', { prefix: 'delayed', after: '', limit: 0 });
  expect(locks).toMatchObject([{ name: 'delayed', holders: [], delayMs: 60_000 }]);
  expect(locks[0]?.delayRemainingMs).toBeGreaterThan(50_000);
  await other.close();
});

test('of sessions: whose they are, what they have, and for how long', async () => {
  await client.put('mine', 'x', { ephemeral: true });
  const lock = await client.lock('held');
  const { sessions, timed } = await inspect('Sessions', { after: Number(client.session.id) - 1, limit: 1 });
  expect(timed).toBe(true);
  expect(sessions).toMatchObject([
    { name: 'worker', ttlMs: 4_000, generation: 1, ephemeralKeys: 1, held: 1, waiting: 0 },
  ]);
  expect(sessions[0]?.metadata).toEqual([{ name: 'host', value: 'h1' }]);
  expect(sessions[0]?.remainingMs).toBeGreaterThan(1_000);
  await lock.release();
});

test('of watches: what is watched, and by whom', async () => {
  const prefix = await client.watch({ prefix: 'a/' });
  const lock = await client.watchLock('l');
  const { watches } = await eventually(async () => {
    const found = await inspect('Watches', { afterConnection: 0, afterWatch: 0, limit: 0 });
    // Only a keep-alive says whose the stream is.
    expect(found.watches[0]?.sessions).toEqual([Number(client.session.id)]);
    return found;
  });
  expect(watches).toMatchObject([
    { kind: 'keys', from: Buffer.from('a/'), extent: 'range', to: Buffer.from('a0'), lagging: false },
    { kind: 'locks', from: Buffer.from('l'), extent: 'single' },
  ]);
  expect(watches[0]?.client).toMatch(/^127\.0\.0\.1:\d+$/);
  const [first] = watches;
  const rest = await inspect('Watches', {
    afterConnection: first?.connection ?? 0,
    afterWatch: first?.watch ?? 0,
    limit: 1,
  });
  expect(rest).toMatchObject({ watches: [{ kind: 'locks' }], more: false });
  for (const watch of [prefix, lock]) await watch[Symbol.asyncDispose]();
});

test('of the log: what was chosen, to the newest slot', async () => {
  await client.put('last', 'words');
  const { slots, chosenSlot, oldestSlot } = await inspect('Log', { fromSlot: 0, limit: 1 });
  expect(slots.map(({ slot }) => slot)).toEqual([chosenSlot]);
  expect(oldestSlot).toBe(1);
  const [operation] = decodeOperations(slots[0]?.value ?? Buffer.of());
  expect(operation?.body).toMatchObject({ kind: 'put', key: utf8Bytes('last'), value: utf8Bytes('words') });
  const first = await inspect('Log', { fromSlot: 1, limit: 2 });
  expect(first.slots.map(({ slot }) => slot)).toEqual([1, 2]);
});

test('of the state: its hash, which changes with it', async () => {
  const before = (await inspect('StateHashes', { durationMs: 0 })).hashes.at(-1);
  await client.put('changed', 'x');
  const after = (await inspect('StateHashes', { durationMs: 0 })).hashes.at(-1);
  expect(after?.slot).toBeGreaterThan(before?.slot ?? 0);
  expect(after?.hash).not.toBe(before?.hash);
});

test('of the node: clocks, memory, disk, and what its writes take', async () => {
  const vitals = await inspect('Vitals', {});
  expect(Math.abs(vitals.wallClockMs - Date.now())).toBeLessThan(60_000);
  expect(vitals.monotonicMs).toBeGreaterThan(0);
  expect(vitals.residentMemoryBytes).toBeGreaterThan(vitals.heapUsedBytes);
  expect(vitals.appends.count).toBeGreaterThan(0);
  expect(vitals.appends.maxMs).toBeGreaterThanOrEqual(vitals.appends.medianMs);
  expect(vitals.commits.count).toBeGreaterThan(0);
  expect(vitals).toMatchObject({ roundTrips: [], leaseMs: 200, clockDriftPermille: 100 });
  expect(vitals.settings).toContainEqual({ name: 'heartbeatMs', value: '50' });
  expect(vitals.diskNeededBytes).toBeGreaterThan(0);
});
