import { setTimeout as delay } from 'node:timers/promises';
import type { MemberStatus } from '../cluster-status.ts';
import type { CommandContext } from '../context.ts';
import { counted } from '../counted.ts';
import { CommandFailure } from '../failure.ts';
import { writeMessage } from '../output.ts';
import type { LeaderCalls, LeaderView } from './leader-calls.ts';
import type { NamedNode } from './member-words.ts';

const pollMs = 300;
const reportEveryMs = 2_000;
const probeMs = 1_000;

/** Says what the operator has to do, if the node is not to be seen from here. @throws CommandFailure if another one is there */
export async function expectNewNode(
  { probe, stderr }: CommandContext,
  { id, address }: NamedNode,
  { cluster }: LeaderView,
): Promise<void> {
  const report = await probe(address, probeMs);
  if (report.kind === 'failed') {
    const others = cluster.members
      .filter((member) => member.id !== id)
      .map((member) => `${member.id}=${member.address}`);
    const initial = [...others, `${id}=${address}`].join(',');
    const settings = `--id ${id} --listen ${address} --http HOST:PORT --data DIRECTORY --join --initial ${initial}`;
    await writeMessage(stderr, `waiting for ${id} to greet: start it with\n  conclave serve ${settings}`);
    return;
  }
  const { nodeId, clusterId } = report.status;
  const problem =
    nodeId === id
      ? clusterId !== null && clusterId !== cluster.clusterId && `${id} belongs to cluster ${clusterId} already`
      : `that is ${nodeId}, not ${id}`;
  if (problem !== false) throw new CommandFailure('INVALID_ARGUMENT', `${address} answers, but ${problem}`);
}

/** Until the node is a voter. @throws CommandFailure TIMEOUT, REMOVED; ClusterUnavailable */
export async function untilVoter(context: CommandContext, calls: LeaderCalls, id: string): Promise<void> {
  let reported = '';
  let reportedAtMs = Number.NEGATIVE_INFINITY;
  for (;;) {
    const { member, isLate } = await calls.ask(async ({ cluster }) => {
      return { member: cluster.members.find((each) => each.id === id), isLate: calls.isLate };
    });
    if (member === undefined) throw new CommandFailure('REMOVED', `${id} was removed before it was a voter`);
    if (member.standing === 'voter') return;
    const progress = progressText(id, member);
    if (isLate) {
      const rest =
        member.standing === 'joining' ? 'it is made a voter all the same once it has caught up' : 'promote it later';
      throw new CommandFailure('TIMEOUT', `${progress}; ${rest}`);
    }
    if (progress !== reported && performance.now() - reportedAtMs >= reportEveryMs) {
      await writeMessage(context.stderr, progress);
      [reported, reportedAtMs] = [progress, performance.now()];
    }
    await delay(pollMs);
  }
}

function progressText(id: string, { behind, state }: MemberStatus): string {
  if (behind !== null) return `${id} receives the log: ${counted(behind, 'slot')} behind`;
  return `${id} receives the log${state === 'unreachable' ? '; it does not answer from here' : ''}`;
}
