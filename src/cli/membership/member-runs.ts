import type { ChangeMembersRequest } from '../../rpc/admin-client.ts';
import { type ClusterStatus, type MemberStatus, surveyCluster } from '../cluster-status.ts';
import type { CommonOptions } from '../common-options.ts';
import { confirm, refuseUnasked } from '../confirmation.ts';
import type { CommandContext } from '../context.ts';
import { exitCodes } from '../exit-code.ts';
import { ClusterUnavailable, CommandFailure, describeFailure, failureCode } from '../failure.ts';
import { writeJson, writeLine, writeMessage } from '../output.ts';
import { consequencesOfRemoval, consequencesOfReplacement, votersText } from './consequences.ts';
import { expectNewNode, untilVoter } from './joining.ts';
import { LeaderCalls, type LeaderView } from './leader-calls.ts';
import { membersJson, membersText } from './member-list.ts';
import type { NamedNode } from './member-words.ts';

/** Until a node has caught up, unless somebody says otherwise. */
const joinTimeoutMs = 600_000;
/** More than a leader takes to answer, whatever it waits for. */
const changeTimeoutMs = 40_000;

interface ChangeOptions extends CommonOptions {
  readonly yes: boolean;
}

export async function listMembers(context: CommandContext, options: CommonOptions): Promise<number> {
  const { status, reports } = await surveyCluster(context, options.endpoints, options.timeoutMs);
  if (options.json) await writeJson(context.stdout, membersJson(status));
  else await writeLine(context.stdout, membersText(status, context));
  if (status.leader !== null) return exitCodes.success;
  for (const line of describeFailure(new ClusterUnavailable(reports, undefined)).lines) {
    await writeMessage(context.stderr, line);
  }
  return exitCodes.unavailable;
}

export async function addMember(
  context: CommandContext,
  node: NamedNode,
  options: CommonOptions & { readonly learner: boolean; readonly wait: boolean },
): Promise<number> {
  const { learner, wait } = options;
  const calls = joiningCalls(context, options);
  const changed = await join(context, calls, node, { learner, replaces: '' });
  if (wait && !learner) await untilVoter(context, calls, node.id);
  return await report(context, calls, options, changed, node.id);
}

export async function replaceMember(
  context: CommandContext,
  id: string,
  node: NamedNode,
  options: ChangeOptions & { readonly wait: boolean },
): Promise<number> {
  refuseUnasked(context, 'member replace', options.yes);
  const calls = joiningCalls(context, options);
  const cluster = await calls.ask((leader) => Promise.resolve(leader.cluster));
  const leaving = cluster.members.find((member) => member.id === id);
  const isDone = leaving === undefined && cluster.members.some((member) => member.id === node.id);
  if (leaving === undefined && !isDone) throw noMember(id, cluster);
  if (leaving !== undefined) await confirm(context, consequencesOfReplacement(cluster, leaving, node.id), options.yes);
  const changed = await join(context, calls, node, { learner: false, replaces: isDone ? '' : id });
  if (options.wait) await untilVoter(context, calls, node.id);
  return await report(context, calls, options, changed, node.id);
}

export async function promoteMember(context: CommandContext, id: string, options: CommonOptions): Promise<number> {
  const calls = new LeaderCalls(context, options);
  const changed = await calls.ask(async (leader) => {
    memberNamed(id, leader);
    return (await change(context, leader, { nodeId: id, promote: {} }, options.timeoutMs)) > 0;
  });
  return await report(context, calls, options, changed, id);
}

export async function removeMember(context: CommandContext, id: string, options: ChangeOptions): Promise<number> {
  refuseUnasked(context, 'member remove', options.yes);
  const calls = new LeaderCalls(context, options);
  await calls.ask(async (leader) => {
    const leaving = memberNamed(id, leader);
    await confirm(context, consequencesOfRemoval(leader.cluster, leaving), options.yes);
  });
  // How long somebody has thought about it is not the cluster's fault.
  const removing = new LeaderCalls(context, options);
  await removing.ask(async (leader) => {
    // An answer that was lost is no reason to say that there is no such member.
    if (leader.cluster.members.some((member) => member.id === id)) {
      await change(context, leader, { nodeId: id, remove: {} }, options.timeoutMs);
    }
  });
  return await report(context, removing, options, true, id);
}

/** Until the node is a member, a learner at first. Whether it was none before. */
async function join(
  context: CommandContext,
  calls: LeaderCalls,
  { id, address }: NamedNode,
  { learner, replaces }: { readonly learner: boolean; readonly replaces: string },
): Promise<boolean> {
  let isExpected = false;
  return await calls.ask(async (leader) => {
    const isKnown = leader.cluster.members.some((member) => member.id === id);
    if (!isKnown && !isExpected) await expectNewNode(context, { id, address }, leader);
    isExpected = true;
    const request = { nodeId: id, add: { address, learner, replaces } };
    try {
      return (await change(context, leader, request, Math.max(1, calls.leftMs))) > 0;
    } catch (error) {
      throw isUnansweredInTime(error) && calls.isLate ? notInTime(id, error) : error;
    }
  });
}

function isUnansweredInTime(error: unknown): boolean {
  return error instanceof Error && 'refused' in error && !error.refused && failureCode(error) === 'TIMEOUT';
}

function notInTime(id: string, cause: unknown): CommandFailure {
  const message = `${id} was not made a member in time, and may still become one`;
  return new CommandFailure('TIMEOUT', message, { cause });
}

function joiningCalls(context: CommandContext, options: CommonOptions): LeaderCalls {
  return new LeaderCalls(context, { ...options, timeoutMs: options.timeoutMs ?? joinTimeoutMs });
}

function change(
  context: CommandContext,
  { endpoint }: LeaderView,
  request: ChangeMembersRequest,
  timeoutMs = changeTimeoutMs,
): Promise<number> {
  return context.changeMembers(endpoint, request, Math.min(timeoutMs, changeTimeoutMs));
}

function memberNamed(id: string, { cluster }: LeaderView): MemberStatus {
  const member = cluster.members.find((each) => each.id === id);
  if (member === undefined) throw noMember(id, cluster);
  return member;
}

function noMember(id: string, { members }: ClusterStatus): CommandFailure {
  return new CommandFailure(
    'NO_SUCH_MEMBER',
    `${id} is no member: there are ${members.map((each) => each.id).join(', ')}`,
  );
}

/** What it has come to, as the leader knows it. */
async function report(
  context: CommandContext,
  calls: LeaderCalls,
  { json }: CommonOptions,
  changed: boolean,
  id: string,
): Promise<number> {
  const cluster = await calls.ask((leader) => Promise.resolve(leader.cluster));
  if (json) await writeJson(context.stdout, { changed, ...membersJson(cluster) });
  else await writeLine(context.stdout, `${standingText(id, cluster)}; ${sizeText(cluster)}`);
  return exitCodes.success;
}

function standingText(id: string, { members }: ClusterStatus): string {
  const member = members.find((each) => each.id === id);
  if (member === undefined) return `${id} is no member`;
  const { standing, replaces } = member;
  if (standing !== 'joining') return `${id} is a ${standing}`;
  return `${id} is a learner, and becomes a voter ${replaces === null ? '' : `in the place of ${replaces} `}once it has caught up`;
}

function sizeText({ members, failureTolerance }: ClusterStatus): string {
  return `${votersText(members)}, can lose ${failureTolerance} more`;
}
