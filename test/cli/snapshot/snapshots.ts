import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { EndpointReport } from '../../../src/cli/cluster-probe.ts';
import type { SnapshotHeader, SnapshotPart } from '../../../src/rpc/admin-definition.ts';
import { registerAdminService } from '../../../src/rpc/admin-service.ts';
import { RpcServer } from '../../../src/rpc/rpc-server.ts';
import { BackupWriter } from '../../../src/storage/backup-writer.ts';
import { bytes, TestMachine } from '../../machine/harness.ts';
import { noInspection } from '../../rpc/no-inspection.ts';

const terms = { mode: 'exclusive', permits: 0, otherNames: [], delayMs: 0, note: bytes('') } as const;

/** Two keys and an ephemeral one, two counters, a session that holds a lock. */
export function machineWithAll(): TestMachine {
  const machine = new TestMachine();
  const session = machine.open();
  session.put('a', 'one');
  session.put('b', 'x'.repeat(5_000));
  session.put('mine', 'while I live', true);
  session.send({ kind: 'counterAdd', name: 'orders', count: 41 });
  session.send({ kind: 'counterAdd', name: 'bills', count: 7 });
  session.send({ kind: 'lockAcquire', name: 'l', wait: false, terms });
  return machine;
}

export function headerOf({ machine }: TestMachine, changed: Partial<SnapshotHeader> = {}): SnapshotHeader {
  const { slot, revision, hash } = machine.snapshot();
  return {
    formatVersion: 1,
    clusterId: 'the-old-cluster',
    clusterName: 'conclave',
    nodeId: 'n2',
    programVersion: '0.1.0',
    createdAtMs: 1_764_380_000_000,
    slot,
    revision,
    stateHash: hash,
    stale: false,
    expectedBytes: 0,
    ...changed,
  };
}

/** As a node would send it. */
export function* partsOf(machine: TestMachine, changed: Partial<SnapshotHeader> = {}): Generator<SnapshotPart> {
  yield { part: 'header', header: headerOf(machine, changed) };
  const sums = { chunks: 0, bytes: 0 };
  for (const chunk of machine.machine.snapshot().chunks(1_000)) {
    yield { part: 'chunk', chunk };
    sums.chunks += 1;
    sums.bytes += chunk.length;
  }
  yield { part: 'end', end: sums };
}

/** A backup on the disk. */
export async function backupFile(
  directory: string,
  machine: TestMachine = machineWithAll(),
  changed: Partial<SnapshotHeader> = {},
): Promise<string> {
  const file = path.join(directory, `backup-${Math.random().toString(36).slice(2)}`);
  const writer = await BackupWriter.create(file, headerOf(machine, changed), { force: false });
  for (const chunk of machine.machine.snapshot().chunks(1_000)) await writer.append(chunk);
  await writer.finish();
  await writer.publish();
  return file;
}

export function temporaryDirectory(): Promise<string> {
  return mkdtemp(path.join(tmpdir(), 'conclave-snapshot-'));
}

type Parts = Iterable<SnapshotPart> | AsyncIterable<SnapshotPart>;

/** A node that gives to each caller in turn what the test says. */
export class FakeNode {
  readonly endpoint: string;
  asked = 0;
  readonly #server: RpcServer;

  private constructor(server: RpcServer, endpoint: string) {
    this.#server = server;
    this.endpoint = endpoint;
  }

  static async start(give: (attempt: number, stale: boolean) => Parts): Promise<FakeNode> {
    const server = new RpcServer({ maxConnections: 10 });
    let node: FakeNode | undefined;
    registerAdminService(server, {
      report: () => ({}) as never,
      transferLeadership: async () => '',
      changeMembers: async () => 0,
      settings: () => ({}) as never,
      changeSettings: async () => ({}) as never,
      inspection: noInspection,
      saveSnapshot: async function* ({ stale }) {
        if (node === undefined) return;
        node.asked += 1;
        yield* give(node.asked, stale);
      },
    });
    node = new FakeNode(server, `127.0.0.1:${await server.listen('127.0.0.1', 0)}`);
    return node;
  }

  /** As it answers those who ask how it is. */
  report(state: 'leader' | 'follower'): Readonly<Record<string, Omit<EndpointReport, 'endpoint'>>> {
    return { [this.endpoint]: { kind: 'answered', status: { state, leaderId: 'n1' } } as never };
  }

  stop(): void {
    this.#server.destroy();
  }
}
