import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { requestStatus, requestTransfer } from '../../src/rpc/admin-client.ts';
import { utf8Bytes, utf8Text } from '../../src/wire/bytes.ts';
import type { Revision } from '../../src/wire/identifiers.ts';
import type { Result } from '../../src/wire/result.ts';
import { eventually } from '../eventually.ts';
import { NodesInProcess } from './nodes.ts';
import { WireClient } from './wire-client.ts';

let nodes: NodesInProcess;
const clients: WireClient[] = [];

beforeEach(async () => {
  nodes = await NodesInProcess.prepare(3);
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await nodes.dispose();
});

function clientOf(id: string): WireClient {
  const client = new WireClient(nodes.config(id).listen);
  clients.push(client);
  return client;
}

const put = (key: string, value: string) =>
  ({ kind: 'put', key: utf8Bytes(key), value: utf8Bytes(value), ephemeral: false }) as const;
const get = (key: string) =>
  ({ kind: 'get', key: utf8Bytes(key), revision: 0 as Revision, consistency: 'linearizable' }) as const;

function valueIn({ body }: Result): string | undefined {
  if (body.kind !== 'get') throw new Error(`an answer of kind ${body.kind}`);
  return body.entry === undefined ? undefined : utf8Text(body.entry.value);
}

test('three nodes form a cluster, and what is written on one is read on every other', async () => {
  await nodes.startAll();
  await nodes.leader();
  const writer = clientOf('n1');
  await writer.openSession();
  for (let count = 1; count <= 20; count++) {
    expect((await writer.command(put('count', String(count)))).body.kind).toBe('put');
  }
  for (const id of ['n1', 'n2', 'n3']) expect(valueIn(await clientOf(id).read(get('count')))).toBe('20');
});

test('a node tells operators what it is, over gRPC and HTTP', async () => {
  await nodes.startAll();
  const leader = await nodes.leader();
  const report = await requestStatus(leader.address, { timeoutMs: 2_000 });
  expect(report).toMatchObject({ nodeId: leader.id, state: 'leader', leaderId: leader.id, pid: process.pid });
  expect(report.members.map(({ nodeId }) => nodeId)).toEqual(['n1', 'n2', 'n3']);
  const ready = await fetch(`http://${leader.httpAddress}/readyz`);
  expect([ready.status, await ready.text()]).toEqual([200, 'ok\n']);
  const metrics = await (await fetch(`http://${leader.httpAddress}/metrics`)).text();
  expect(metrics).toContain(`conclave_is_leader{node="${leader.id}"} 1`);
  expect(metrics).toContain(`conclave_peers_connected{node="${leader.id}"} 2`);
  expect(nodes.log.find(({ event }) => event === 'starting')?.['config']).toMatchObject({ leaseMs: 200 });
  expect(nodes.log.filter(({ event }) => event === 'became-leader').length).toBeGreaterThan(0);
});

test('leadership goes where the operator wants it', async () => {
  await nodes.startAll();
  const leader = await nodes.leader();
  const successor = ['n1', 'n2', 'n3'].find((id) => id !== leader.id) ?? '';
  const other = nodes.running.get(successor)?.address ?? '';
  await expect(requestTransfer(other, undefined, { timeoutMs: 5_000 })).rejects.toMatchObject({ code: 'NOT_LEADER' });
  const nowhere = requestTransfer(leader.address, 'n9', { timeoutMs: 5_000 });
  await expect(nowhere).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  expect(await requestTransfer(leader.address, successor, { timeoutMs: 5_000 })).toBe(successor);
  expect((await nodes.leader()).id).toBe(successor);
});

test('a leader that is stopped hands over first, says goodbye, and the data is there after all have restarted', async () => {
  await nodes.startAll();
  const leader = await nodes.leader();
  const client = clientOf(leader.id);
  await client.openSession();
  await client.command(put('kept', 'yes'));
  const startedMs = performance.now();
  await nodes.stop(leader.id);
  expect(performance.now() - startedMs).toBeLessThan(2_000);
  await eventually(() => expect(client.goodbye?.code).toBe('UNAVAILABLE'));
  expect(nodes.log.some(({ event }) => event === 'transfer')).toBe(true);
  await nodes.leader();
  await nodes.stopAll();

  await nodes.startAll();
  await nodes.leader();
  expect(valueIn(await clientOf('n3').read(get('kept')))).toBe('yes');
}, 20_000);

describe('a node that cannot start says why', () => {
  test('its port is in use, and by whom', async () => {
    const address = nodes.config('n1').listen;
    const squatter: Server = createServer();
    await new Promise<void>((resolve) => squatter.listen(Number(address.split(':')[1]), '127.0.0.1', resolve));
    try {
      const started = nodes.start('n1');
      await expect(started).rejects.toMatchObject({ code: 'PORT_IN_USE' });
      await expect(started).rejects.toThrow(`listen address ${address} is in use by process ${process.pid}`);
    } finally {
      squatter.close();
    }
    await expect(nodes.start('n1')).resolves.toBeDefined();
  });

  test('its data directory is in use', async () => {
    await nodes.start('n1');
    const second = nodes.start('n1', { listen: '127.0.0.1:0', http: '127.0.0.1:0' });
    await expect(second).rejects.toMatchObject({ code: 'DIRECTORY_IN_USE' });
    await nodes.stopAll();
  });

  test('its data directory belongs to another node', async () => {
    await nodes.start('n1');
    await nodes.stop('n1');
    await expect(nodes.start('n2', { dataDir: nodes.config('n1').dataDir })).rejects.toMatchObject({
      code: 'WRONG_NODE',
    });
  });
});

test('a node that must not go on halts with a code, and cuts its sockets', async () => {
  const strangers = await NodesInProcess.prepare(3);
  try {
    const initial = nodes.config('n1').initial.map((member) => ({ ...member }));
    const [, second, third] = initial;
    if (second === undefined || third === undefined) throw new Error('three members');
    // One of three was told of another third member: such a cluster must not form.
    const wrong = [...initial.slice(0, 2), { ...third, address: strangers.config('n3').listen }];
    const node = await nodes.start('n1', { initial: wrong });
    await nodes.start('n2');
    const halt = await Promise.race([node.halted, nodes.running.get('n2')?.halted]);
    expect(halt).toMatchObject({ code: 'DIFFERENT_INITIAL' });
    expect(nodes.log.some(({ event }) => event === 'halted')).toBe(true);
    const halted = [...nodes.running.values()].find((node) => node.report().lastError.startsWith('DIFFERENT_INITIAL'));
    const asked = requestStatus(halted?.address ?? '', { timeoutMs: 2_000 });
    await expect(asked).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect((await fetch(`http://${halted?.httpAddress}/livez`)).status).toBe(503);
  } finally {
    await strangers.dispose();
  }
});
