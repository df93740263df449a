import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { Genesis, JournalRecord } from '../../src/paxos/record.ts';
import { openIdentity } from '../../src/storage/identity.ts';
import { LevelJournal } from '../../src/storage/level-journal.ts';
import type { NodeId } from '../../src/wire/identifiers.ts';
import { eventually } from '../eventually.ts';
import { filled } from '../storage/journals.ts';
import { acceptedOf, node1, recordOf } from '../storage/records.ts';
import { NodesInProcess } from './nodes.ts';

let nodes: NodesInProcess;
const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
  await nodes.dispose();
});

/** Of n1 and n2; `incarnation` is what n1 is called in it. */
function genesisOf(incarnation: string): Genesis {
  const { initial, clusterName, leaseMs, clockDriftPermille, leases } = nodes.config('n1');
  const members = initial.map(({ nodeId, address }) => ({
    nodeId,
    address,
    incarnation: nodeId === node1 ? incarnation : 'i2',
  }));
  return { clusterId: 'c', clusterName, members, settings: { leaseMs, clockDriftPermille, leases } };
}

/** n1 has journaled these before. */
async function journaled(records: (incarnation: string) => readonly JournalRecord[]): Promise<void> {
  nodes = await NodesInProcess.prepare(2);
  const { dataDir } = nodes.config('n1');
  const { incarnation } = await openIdentity(dataDir, node1);
  await filled(new LevelJournal(dataDir), records(incarnation));
}

async function listening(port: number): Promise<Server> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return server;
}

const portOf = (id: string) => Number(nodes.config(id).listen.split(':')[1]);
const events = () => nodes.log.map(({ event }) => event);

test('a node that halts as it boots dials nobody', async () => {
  await journaled(() => [recordOf(1, { genesis: genesisOf('another'), formed: true })]);
  const second = await listening(portOf('n2'));
  const dialers: (number | undefined)[] = [];
  second.on('connection', (socket) => {
    dialers.push(socket.remotePort);
    socket.destroy();
  });
  const node = await nodes.start('n1');
  expect((await node.halted).code).toBe('STRANGE_INCARNATION');
  await nodes.stop('n1');
  // Whoever was dialled before this has been told of it before.
  const last = connect(portOf('n2'), '127.0.0.1');
  await new Promise<void>((resolve) => last.once('connect', resolve));
  const { port } = last.address() as AddressInfo;
  await eventually(() => expect(dialers).toContain(port));
  expect(dialers).toEqual([port]);
  expect(events()).not.toContain('listening');
});

test('a node that halts on what it has journaled takes no more of it, does not listen, and leaves its port', async () => {
  const promised = { round: 1, nodeId: 'n1' as NodeId };
  await journaled((incarnation) => [
    recordOf(1, { genesis: genesisOf(incarnation), formed: true }),
    recordOf(2, { promised, formed: true, accepted: [acceptedOf(1, 1, 'no command')] }),
    recordOf(3, { promised, formed: true, chosenThrough: 1 }),
    recordOf(4, { promised, formed: true, chosenThrough: 1 }),
  ]);
  const node = await nodes.start('n1');
  expect((await node.halted).code).toBe('UNDECODABLE_COMMAND');
  expect(events()).not.toContain('listening');
  expect(nodes.log.find(({ event }) => event === 'restored')).toMatchObject({ records: 3 });
  expect((await fetch(`http://${node.httpAddress}/livez`)).status).toBe(503);
  await listening(portOf('n1'));
  await nodes.stop('n1');
  await listening(Number(node.httpAddress.split(':')[1]));
});
