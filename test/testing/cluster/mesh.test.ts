import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { freePorts } from '../../../src/testing/cluster/free-ports.ts';
import { Mesh, meshPortCount } from '../../../src/testing/cluster/mesh.ts';
import { waitFor } from '../../../src/testing/cluster/wait-for.ts';
import { End } from './ends.ts';

const ids = ['n1', 'n2', 'n3'] as const;
type Id = (typeof ids)[number];

let servers: ReadonlyMap<Id, Server>;
let mesh: Mesh;
let sockets: Socket[];

beforeEach(async () => {
  sockets = [];
  servers = new Map(ids.map((id) => [id, createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1')]));
  await Promise.all([...servers.values()].map((server) => once(server, 'listening')));
  const nodes = [...servers].map(([id, server]) => ({ id, port: (server.address() as AddressInfo).port }));
  mesh = new Mesh(nodes, await freePorts(meshPortCount(ids.length)));
  await Promise.all(ids.map((id) => mesh.targetUp(id)));
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await mesh.close();
  for (const server of servers.values()) server.close();
});

/** The ends of a connection that `dialer` has made to `target`. */
async function connection(dialer: Id, target: Id): Promise<Readonly<Record<string, End>>> {
  const accepted = once(servers.get(target) as Server, 'connection');
  const socket = connect(Number(mesh.link(dialer, target).address.split(':')[1]), '127.0.0.1');
  sockets.push(socket);
  const near = new End(socket);
  const [far] = (await accepted) as [Socket];
  return { [dialer]: near, [target]: new End(far) };
}

function isOpen(from: Id, to: Id): boolean {
  return mesh.link(from, to).toTarget.state === 'open' && mesh.link(to, from).toDialer.state === 'open';
}

function openPairs(): string[] {
  return ids.flatMap((from) => ids.filter((to) => from !== to && isOpen(from, to)).map((to) => `${from}>${to}`));
}

test('a node is told to dial the others through its own links', () => {
  const { address } = mesh.link('n1', 'n2');
  expect(mesh.dialOf('n1')).toBe(`n2=${address},n3=${mesh.link('n1', 'n3').address}`);
  expect(new Set(mesh.links.map((link) => link.address)).size).toBe(6);
});

test('a way is blocked on the connections that either node has dialled, and the way back is not', async () => {
  const both = [await connection('n1', 'n2'), await connection('n2', 'n1')];
  mesh.set('n1', 'n2', 'blocked');
  for (const { n1, n2 } of both) {
    n1?.send('there');
    n2?.send('back');
  }
  for (const { n1 } of both) await n1?.receives('back');
  await waitFor('held bytes', () => mesh.counters('n1', 'n2').bytesHeld === 10, { timeoutMs: 5_000, everyMs: 1 });
  expect(mesh.counters('n2', 'n1')).toMatchObject({ bytesHeld: 0, bytesPassed: 8 });
  for (const { n2 } of both) expect(n2?.text).toBe('');
  await mesh.heal();
  for (const { n2 } of both) await n2?.receives('there');
});

describe('a partition', () => {
  test.each<[string, Id[][], string[]]>([
    ['of one against the rest', [['n1']], ['n2>n3', 'n3>n2']],
    ['of named groups', [['n1'], ['n2', 'n3']], ['n2>n3', 'n3>n2']],
    [
      'with a bridge',
      [
        ['n1', 'n2'],
        ['n2', 'n3'],
      ],
      ['n1>n2', 'n2>n1', 'n2>n3', 'n3>n2'],
    ],
    ['of all', [['n1'], ['n2'], ['n3']], []],
    ['of none', [], ['n1>n2', 'n1>n3', 'n2>n1', 'n2>n3', 'n3>n1', 'n3>n2']],
  ])('%s', (_, groups, open) => {
    mesh.partition([['n3'], ['n1', 'n2']]);
    mesh.partition(groups);
    expect(openPairs()).toEqual(open);
  });

  test('ends when the mesh is healed', async () => {
    mesh.partition([['n1'], ['n2'], ['n3']]);
    await mesh.heal();
    expect(openPairs().length).toBe(6);
  });
});

test('a speed is that of one way', async () => {
  const { n1, n2 } = await connection('n2', 'n1');
  mesh.setSpeed('n1', 'n2', { delayMs: 30 });
  n1?.send('slow');
  n2?.send('fast');
  await n2?.receives('slow');
  await n1?.receives('fast');
  expect([mesh.counters('n1', 'n2').bytesSlowed, mesh.counters('n2', 'n1').bytesSlowed]).toEqual([4, 0]);
});
