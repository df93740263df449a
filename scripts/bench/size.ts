import { readFile } from 'node:fs/promises';
import { connect, op } from '../../src/client/index.ts';
import type { ProcessNode } from '../../src/testing/cluster/process-node.ts';
import { TestCluster } from '../../src/testing/cluster/test-cluster.ts';
import { waitFor } from '../../src/testing/cluster/wait-for.ts';
import { keyOf } from './load.ts';

/** Puts in one transaction: filling is not what is measured. */
const putsPerTransaction = 200;
const transactionsInFlight = 8;
const readyTimeoutMs = 120_000;

export interface SizeOptions {
  readonly keys: number;
  readonly valueBytes: number;
  readonly onProgress: (text: string) => void;
}

/** What many keys cost, on each node. */
export interface SizeReport {
  readonly keys: number;
  readonly value_size: number;
  readonly filled: NodeFigures;
  /** After as many overwrites of keys at random. */
  readonly overwritten: NodeFigures;
  /** After `kill -9`, until the node has applied what was chosen then. */
  readonly restart_ms: number;
  /** Of that, as the node says: reading the checkpoint, and the journal after it. */
  readonly restored: unknown;
}

interface NodeFigures {
  readonly seconds: number;
  readonly puts_per_s: number;
  readonly resident_mb: Readonly<Record<string, number>>;
  /** Since the process began. */
  readonly loop_lag_ms: Readonly<Record<string, { readonly p99: number; readonly max: number }>>;
  readonly checkpoints: Readonly<
    Record<string, { readonly count: number; readonly mean_s: number; readonly mb: number }>
  >;
  /** Since the process began. */
  readonly written: Readonly<Record<string, WrittenFigures>>;
}

/** In millions of bytes. */
interface WrittenFigures {
  /** Of the operations themselves. */
  readonly operations_mb: number;
  /** Keys and values that were handed to LevelDB, for the journal and for checkpoints. */
  readonly journal_mb: number;
  readonly checkpoints_mb: number;
  /** Handed to LevelDB for each byte of operations. */
  readonly handed_per_byte: number;
  /** What the process has caused to be sent to the device; undefined where the system does not tell. */
  readonly device_mb: number | undefined;
  readonly device_per_byte: number | undefined;
}

/** A cluster with so many keys: memory, stalls, what is written, and how long a node takes to be back. */
export async function measureSize({ keys, valueBytes, onProgress }: SizeOptions): Promise<SizeReport> {
  const cluster = await TestCluster.start({ mode: 'processes', nodes: 3, proxies: false });
  try {
    await cluster.converged();
    const filled = await put(cluster, keys, valueBytes, (index) => index);
    onProgress(`${keys} keys: ${JSON.stringify(filled)}`);
    let state = 1;
    const overwritten = await put(cluster, keys, valueBytes, () => {
      state = (state * 48_271) % 0x7fff_ffff;
      return state % keys;
    });
    onProgress(`overwritten: ${JSON.stringify(overwritten)}`);
    const leader = await cluster.leader();
    const node = cluster.nodes.find(({ id }) => id !== leader.id);
    if (node === undefined) throw new Error('there is no follower');
    const target = (await leader.report())?.appliedSlot ?? 0;
    await cluster.kill(node.id);
    const startedMs = performance.now();
    await cluster.start(node.id);
    const hasAll = async () => ((await node.report())?.appliedSlot ?? -1) >= target;
    await waitFor(`${node.id} to be back`, hasAll, { timeoutMs: readyTimeoutMs, everyMs: 20 });
    const restartMs = Math.round(performance.now() - startedMs);
    return {
      keys,
      value_size: valueBytes,
      filled,
      overwritten,
      restart_ms: restartMs,
      restored: await lastRestored(node),
    };
  } finally {
    await cluster.close();
  }
}

async function put(
  cluster: TestCluster<ProcessNode>,
  count: number,
  valueBytes: number,
  nextKey: (index: number) => number,
): Promise<NodeFigures> {
  await using client = await connect({ endpoints: cluster.endpoints });
  const startedMs = performance.now();
  let next = 0;
  const run = async (): Promise<void> => {
    while (next < count) {
      // A transaction names a key once.
      const puts = new Map<string, ReturnType<typeof op.put>>();
      for (let added = 0; added < putsPerTransaction && next < count; added++, next++) {
        const key = keyOf(nextKey(next));
        puts.set(key, op.put(key, String(next).padEnd(valueBytes, 'v')));
      }
      await client.txn({ if: [], then: [...puts.values()] }, { timeoutMs: 60_000 });
    }
  };
  await Promise.all(Array.from({ length: transactionsInFlight }, run));
  const seconds = (performance.now() - startedMs) / 1_000;
  return { seconds: round(seconds), puts_per_s: Math.round(count / seconds), ...(await figuresOf(cluster.nodes)) };
}

async function figuresOf(nodes: readonly ProcessNode[]): Promise<Omit<NodeFigures, 'seconds' | 'puts_per_s'>> {
  const figures = await Promise.all(nodes.map(async (node) => [node.id, await figuresOfNode(node)] as const));
  const each = <Value>(pick: (found: Awaited<ReturnType<typeof figuresOfNode>>) => Value) =>
    Object.fromEntries(figures.map(([id, found]) => [id, pick(found)]));
  return {
    resident_mb: each(({ residentMb }) => residentMb),
    loop_lag_ms: each(({ lag }) => lag),
    checkpoints: each(({ checkpoints }) => checkpoints),
    written: each(({ written }) => written),
  };
}

async function figuresOfNode(node: ProcessNode) {
  const metrics = await (await fetch(`http://${node.httpAddress}/metrics`)).text();
  const value = (name: string): number =>
    metrics
      .split('\n')
      .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  const count = value('conclave_checkpoint_seconds_count');
  return {
    residentMb: await residentMb(node.pid ?? 0),
    lag: {
      p99: round(value('nodejs_eventloop_lag_p99_seconds') * 1_000),
      max: round(value('nodejs_eventloop_lag_max_seconds') * 1_000),
    },
    checkpoints: {
      count,
      mean_s: round(value('conclave_checkpoint_seconds_sum') / Math.max(1, count)),
      mb: Math.round(value('conclave_checkpoint_bytes_total') / 1_000_000),
    },
    written: await writtenFigures(value, node.pid ?? 0),
  };
}

async function writtenFigures(value: (name: string) => number, pid: number): Promise<WrittenFigures> {
  const operations = value('conclave_operation_bytes_total');
  const journal = value('conclave_journal_handed_bytes_total');
  const checkpoints = value('conclave_checkpoint_handed_bytes_total');
  const device = await deviceBytes(pid);
  return {
    operations_mb: round(operations / 1_000_000),
    journal_mb: round(journal / 1_000_000),
    checkpoints_mb: round(checkpoints / 1_000_000),
    handed_per_byte: round((journal + checkpoints) / operations),
    device_mb: device === undefined ? undefined : round(device / 1_000_000),
    device_per_byte: device === undefined ? undefined : round(device / operations),
  };
}

/** Linux alone tells. */
async function deviceBytes(pid: number): Promise<number | undefined> {
  const io = await readFile(`/proc/${pid}/io`, 'utf8').catch(() => '');
  const bytes = /^write_bytes: (\d+)$/m.exec(io)?.[1];
  return bytes === undefined ? undefined : Number(bytes);
}

/** Linux alone tells. */
async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Math.round(Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1_000);
}

async function lastRestored(node: ProcessNode): Promise<unknown> {
  const lines = (await readFile(node.logFile, 'utf8')).trimEnd().split('\n');
  const line = lines.findLast((candidate) => candidate.includes('"event":"restored"'));
  if (line === undefined) return undefined;
  const { checkpointSlot, checkpointMs, journalMs, records } = JSON.parse(line) as Record<string, unknown>;
  return { checkpointSlot, checkpointMs, journalMs, records };
}

function round(figure: number): number {
  return Math.round(figure * 100) / 100;
}
