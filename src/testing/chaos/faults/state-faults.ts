import { open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessNode } from '../../cluster/process-node.ts';
import type { ActiveFault, FaultAction, FaultContext } from './fault-context.ts';

/** What a node has written of whole states is lost or damaged while it is down: the others have to give it back. */
export const stateFaults = {
  'lost-checkpoints': (context) =>
    context.random.chance(0.5) ? whileDown(context, 'deleted', loseAll) : whileDown(context, 'damaged', damageAll),
} as const satisfies Readonly<Record<string, FaultAction>>;

async function whileDown(
  { cluster, random }: FaultContext,
  deed: string,
  inflict: (node: ProcessNode, random: FaultContext['random']) => Promise<number>,
): Promise<ActiveFault> {
  const node = random.pick(cluster.nodes);
  await cluster.kill(node.id);
  const files = await inflict(node, random);
  return {
    what: `SIGKILL to ${node.id}, and its checkpoints are ${deed}`,
    targets: [node.id],
    measure: async () => `${files} files ${deed}`,
    end: () => cluster.start(node.id),
  };
}

async function loseAll(node: ProcessNode): Promise<number> {
  const files = await filesOf(node);
  await rm(directoryOf(node), { recursive: true, force: true });
  return files.length;
}

/** A byte in each. */
async function damageAll(node: ProcessNode, random: FaultContext['random']): Promise<number> {
  let damaged = 0;
  for (const path of await filesOf(node)) {
    const { size } = await stat(path);
    if (size === 0) continue;
    const file = await open(path, 'r+');
    try {
      const at = random.between(0, size - 1);
      const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at);
      await file.write(Buffer.from([(buffer[0] ?? 0) ^ 0xff]), 0, 1, at);
    } finally {
      await file.close();
    }
    damaged += 1;
  }
  return damaged;
}

async function filesOf(node: ProcessNode): Promise<readonly string[]> {
  const names = await readdir(directoryOf(node)).catch(() => []);
  return names.filter((name) => name !== 'LOCK' && name !== 'LOG').map((name) => join(directoryOf(node), name));
}

function directoryOf(node: ProcessNode): string {
  return join(node.dataDir, 'checkpoint');
}
