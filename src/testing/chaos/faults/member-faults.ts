import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { requestMemberChange, requestStatus, requestTransfer } from '../../../rpc/admin-client.ts';
import type { ProcessNode } from '../../cluster/process-node.ts';
import type { TestCluster } from '../../cluster/test-cluster.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import type { ActiveFault, FaultAction, FaultContext } from './fault-context.ts';
import { askLeader } from './operators.ts';

const catchUpTimeoutMs = 20_000;
const askTimeoutMs = 10_000;

/** Operators change the members under the load. In the end they are who they were, under the same addresses. */
export const memberFaults = {
  'add-member': addMember,
  'replace-member': replaceMember,
} as const satisfies Readonly<Record<string, FaultAction>>;

/** Half of the time it leads when it is removed. */
async function addMember({ cluster, random }: FaultContext): Promise<ActiveFault> {
  const node = await newcomer(cluster);
  const slot = await takenIn(cluster, node, '').catch((error: Error) => withoutIt(cluster, node, error));
  const leadsAtLast = random.chance(0.5);
  return {
    what: `${node.id} is added${leadsAtLast ? ', leads' : ''} and is removed`,
    targets: [node.id],
    measure: async () => await votes(cluster, node, slot),
    end: async () => {
      if (leadsAtLast) await leads(cluster, node);
      await removed(cluster, node);
    },
  };
}

/** By one under another name, and that one again by the first with an empty directory. Half of the time it is dead by then. */
async function replaceMember({ cluster, random }: FaultContext): Promise<ActiveFault> {
  const old = random.pick(cluster.nodes);
  const isDead = random.chance(0.5);
  const node = await newcomer(cluster);
  if (isDead) await cluster.kill(old.id);
  const slot = await takenIn(cluster, node, old.id).catch((error: Error) => withoutIt(cluster, node, error));
  return {
    what: `${node.id} takes the place of ${old.id}${isDead ? ', which was killed' : ''}`,
    targets: [old.id, node.id],
    measure: async () => {
      if (!isDead && !(await endedAsRemoved(old))) return undefined;
      const newMember = await votes(cluster, node, slot);
      return newMember && (isDead ? newMember : `${newMember}; ${old.id} has ended: REMOVED`);
    },
    end: async () => {
      await rm(old.dataDir, { recursive: true, force: true });
      await old.start({ join: true });
      await takenIn(cluster, old, node.id);
      await endedAsRemoved(node);
      await cluster.dismiss(node.id);
    },
  };
}

/** Under a name that nobody has had. */
async function newcomer(cluster: TestCluster<ProcessNode>): Promise<ProcessNode> {
  let number = cluster.nodes.length + 1;
  while (existsSync(join(cluster.directory, `n${number}`))) number += 1;
  return await cluster.join(`n${number}`);
}

async function withoutIt(cluster: TestCluster<ProcessNode>, node: ProcessNode, error: Error): Promise<never> {
  await cluster.dismiss(node.id);
  throw error;
}

/** Resolves once it votes, and nobody does in whose place it is, with the slot since which it was a member. */
async function takenIn(cluster: TestCluster<ProcessNode>, node: ProcessNode, replaces: string): Promise<number> {
  const add = { address: node.address, learner: false, replaces };
  const slot = await askLeader(cluster, (address) =>
    requestMemberChange(address, { nodeId: node.id, add }, { timeoutMs: askTimeoutMs }),
  );
  const isDone = async (): Promise<boolean> => {
    const voters = await votersOf(cluster);
    return voters.includes(node.id) && !voters.includes(replaces);
  };
  await waitFor(`${node.id} to vote`, isDone, { timeoutMs: catchUpTimeoutMs, everyMs: 50 });
  return slot;
}

async function removed(cluster: TestCluster<ProcessNode>, node: ProcessNode): Promise<void> {
  await askLeader(cluster, async (address) => {
    const { members } = await requestStatus(address, { timeoutMs: askTimeoutMs });
    if (!members.some(({ nodeId }) => nodeId === node.id)) return;
    await requestMemberChange(address, { nodeId: node.id, remove: {} }, { timeoutMs: askTimeoutMs });
  });
  if (!(await endedAsRemoved(node))) throw new Error(`${node.id} did not end as one that was removed`);
  await cluster.dismiss(node.id);
}

/** That the wish is refused does no harm. */
async function leads(cluster: TestCluster<ProcessNode>, node: ProcessNode): Promise<void> {
  const { address } = await cluster.leader();
  await requestTransfer(address, node.id, { timeoutMs: 3_000 }).catch(() => undefined);
}

async function votes(cluster: TestCluster<ProcessNode>, node: ProcessNode, slot: number): Promise<string | undefined> {
  const voters = await votersOf(cluster);
  return voters.includes(node.id) ? `taken in at slot ${slot}; voters are ${voters.join(', ')}` : undefined;
}

/** As the leader says; none if there is none for the moment. */
async function votersOf(cluster: TestCluster<ProcessNode>): Promise<readonly string[]> {
  const reports = [...(await cluster.reports()).values()];
  const members = reports.find(({ state }) => state === 'leader')?.members ?? [];
  return members.filter(({ standing }) => standing === 'VOTER').map(({ nodeId }) => nodeId);
}

/** By itself, with the word that it was removed. */
async function endedAsRemoved(node: ProcessNode): Promise<boolean> {
  const ended = async (): Promise<boolean> => !node.running;
  await waitFor(`${node.id} to end`, ended, { timeoutMs: catchUpTimeoutMs, everyMs: 50 });
  const { code } = await node.exited();
  return code !== 0 && (await readFile(node.logFile, 'utf8')).includes('"code":"REMOVED"');
}
