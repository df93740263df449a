import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { type Client, connect } from '../../../client/index.ts';
import { builtEntry } from '../../cluster/built-entry.ts';
import { freePorts } from '../../cluster/free-ports.ts';
import { ProcessNode } from '../../cluster/process-node.ts';
import { type ActiveFault, type FaultAction, type FaultContext, Repetition } from './fault-context.ts';
import { runConclave } from './operators.ts';

const markerKey = 'backup/marker';
const putTimeoutMs = 3_000;

/** A file, and what had been acknowledged before it was asked for. */
interface Backup {
  readonly file: string;
  readonly marker: number;
}

/** Snapshots are saved while a node is killed; one of them is restored. */
export const backupFaults = {
  'save-snapshots': saveSnapshots,
} as const satisfies Readonly<Record<string, FaultAction>>;

async function saveSnapshots(context: FaultContext): Promise<ActiveFault> {
  const { cluster, random } = context;
  const directory = await mkdtemp(join(context.directory, 'snapshots-'));
  const client = await cluster.connect({ session: { name: 'backup' } });
  let newest: Backup | undefined;
  let saved = 0;
  let failed = 0;
  const saving = new Repetition(async () => {
    const backup = { file: join(directory, `${saved + failed + 1}.snapshot`), marker: saved + failed + 1 };
    const isSaved = (await isMarked(client, backup.marker)) && (await isWritten(context, backup.file));
    if (isSaved) newest = backup;
    if (isSaved) saved += 1;
    else failed += 1;
  }, 50);
  const node = random.pick(cluster.nodes);
  const { pid } = node;
  await cluster.kill(node.id);
  const savedBefore = saved;
  return {
    what: `snapshots are saved, and SIGKILL to ${node.id}`,
    targets: [node.id],
    measure: async () => {
      const { signal } = await node.exited();
      if (signal !== 'SIGKILL' || saved <= savedBefore) return undefined;
      return `${node.id} (pid ${pid}) ended: SIGKILL; ${saved} snapshots were saved, ${failed} could not be`;
    },
    end: async () => {
      try {
        await cluster.start(node.id).finally(() => saving.stop());
        if (newest !== undefined) await expectRestorable(context, newest);
      } finally {
        await client.close();
      }
    },
  };
}

/** False: nobody has acknowledged it. */
async function isMarked(client: Client, marker: number): Promise<boolean> {
  return await client.put(markerKey, String(marker), { timeoutMs: putTimeoutMs }).then(
    () => true,
    () => false,
  );
}

async function isWritten({ cluster }: FaultContext, file: string): Promise<boolean> {
  return (await runConclave(cluster, ['snapshot', 'save', file])).code === 0;
}

/** The file is whole, and a cluster that is made from it has what was acknowledged before. @throws Error if not */
async function expectRestorable({ cluster }: FaultContext, { file, marker }: Backup): Promise<void> {
  const id = 'n1';
  const dataDir = `${file}-restored`;
  for (const words of [
    ['snapshot', 'status', file],
    ['snapshot', 'restore', file, '--node', id, '--data', dataDir],
  ]) {
    const { code, output } = await runConclave(cluster, words);
    if (code !== 0) throw new Error(`conclave ${words.join(' ')}: exit code ${code}: ${output}`);
  }
  const [port, httpPort] = await freePorts(2);
  const address = `127.0.0.1:${port}`;
  const nothing = () => Promise.resolve();
  const node = new ProcessNode({
    ...{ id, address, dataDir, httpAddress: `127.0.0.1:${httpPort}`, logFile: `${dataDir}.log`, settings: {} },
    ...{ initial: `${id}=${address}`, join: false, dial: undefined, onUp: nothing, onDown: nothing },
    ...{ entry: builtEntry, nodeArguments: [] },
  });
  await node.start();
  try {
    const client = await connect({ endpoints: [address] });
    const found = Number((await client.get(markerKey, { timeoutMs: 2 * putTimeoutMs }))?.text());
    await client.close();
    if (!(found >= marker)) throw new Error(`${file} was asked for after ${marker} was written, and has ${found}`);
  } finally {
    await node.kill();
  }
}
