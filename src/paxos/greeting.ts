import { firstFeatureLevel, supportedFeatureLevel } from '../wire/feature-level.ts';
import type { NodeId } from '../wire/identifiers.ts';
import { noteChosenAnnounced } from './catch-up.ts';
import { halt, isMember, mayTeach, peerIds, quorum, send } from './cluster.ts';
import { chosenAfterBirth } from './configuration.ts';
import type { PaxosEffect } from './effects.ts';
import { byNodeId, foundIfReady, noteMembership, originOf, sendGenesis } from './formation.ts';
import { noteSeen } from './journal.ts';
import { followMember, greetInstead, hearOfMembers, slotOf } from './member-news.ts';
import type { Greeting, GreetingAnswer } from './messages.ts';
import type { Incarnation, Member } from './record.ts';
import { haltCodeOf, type Refusal, refusalText, rollbackText } from './refusal.ts';
import { never, type PaxosState, type Peer } from './state.ts';
import { forgetSilentStrangers, isStrange, noteStranger } from './strangers.ts';

export function newPeer(state: PaxosState, awaited: boolean): Peer {
  return {
    link: 'unknown',
    refusedAtMs: never,
    awaited,
    answered: false,
    settled: false,
    bootId: '',
    incarnation: '',
    readyToFound: false,
    hasGenesis: false,
    supportedLevel: 0,
    refusal: '',
    greetAtMs: state.nowMs,
    greetDelayMs: state.options.timing.retryMs,
  };
}

function ownLevel({ options }: PaxosState): number {
  return options.supportedLevel ?? supportedFeatureLevel;
}

/** The highest feature level that all members carry out, each by its own word since this process began; 0: one has not said. */
export function commonLevel(state: PaxosState): number {
  let level = ownLevel(state);
  for (const { nodeId } of state.members) {
    if (nodeId !== state.options.nodeId) level = Math.min(level, state.peers.get(nodeId)?.supportedLevel ?? 0);
  }
  return level;
}

/** Until each other member has answered and the cluster is formed. */
export function greetOnTick(state: PaxosState, effects: PaxosEffect[]): void {
  forgetSilentStrangers(state);
  for (const to of peerIds(state)) {
    const peer = state.peers.get(to);
    if (peer === undefined || state.nowMs < peer.greetAtMs) continue;
    greet(state, to, peer, effects);
  }
}

export function greet(state: PaxosState, to: NodeId, peer: Peer, effects: PaxosEffect[]): void {
  const { options } = state;
  const isSettled = peer.settled && state.durableFormed;
  peer.greetAtMs = isSettled ? Number.POSITIVE_INFINITY : state.nowMs + peer.greetDelayMs;
  if (!peer.settled) peer.greetDelayMs = Math.min(peer.greetDelayMs * 2, options.timing.retryMsHigh);
  send(effects, to, {
    type: 'greeting',
    clusterId: durableClusterId(state),
    clusterName: state.genesis?.clusterName ?? options.clusterName,
    incarnation: options.incarnation,
    bootId: options.bootId,
    formed: state.durableFormed,
    sequence: state.durableSequence,
    chosenThrough: state.chosenThrough,
    configuration: chosenAfterBirth(state),
    initial: options.initial,
    ...originOf(options),
    supportedLevel: ownLevel(state),
  });
}

function durableClusterId(state: PaxosState): string {
  return state.durableGenesis ? (state.genesis?.clusterId ?? '') : '';
}

export function onGreeting(
  state: PaxosState,
  from: NodeId,
  incarnation: Incarnation,
  message: Greeting,
  effects: PaxosEffect[],
): void {
  const verdict = judge(state, from, incarnation, message);
  if (state.genesis !== undefined) hearOfMembers(state, message.clusterId, message.configuration);
  else followMember(state, message);
  const known = state.seen.get(from);
  send(effects, from, {
    type: 'greetingAnswer',
    bootId: message.bootId,
    clusterId: durableClusterId(state),
    incarnation: state.options.incarnation,
    formed: state.durableFormed,
    chosenThrough: state.chosenThrough,
    configuration: chosenAfterBirth(state),
    verdict,
    seen: known?.incarnation === incarnation ? known : undefined,
    supportedLevel: ownLevel(state),
  });
  if (message.clusterId === '') noteStranger(state, from, incarnation, message, verdict);
  const peer = state.peers.get(from);
  if (peer === undefined) return;
  const isWelcome = verdict.kind === 'welcome';
  // What a stranger says under a member's name is not the member's.
  if (isWelcome || state.genesis === undefined) peer.bootId = message.bootId;
  peer.readyToFound = isWelcome && message.clusterId === '';
  if (!isWelcome) return;
  peer.incarnation = incarnation;
  peer.supportedLevel = Math.max(firstFeatureLevel, message.supportedLevel);
  if (isMember(state, from, incarnation)) noteSeen(state, { nodeId: from, incarnation, sequence: message.sequence });
  // One that had it and has lost it is not given it again: with it, it would look like one that has lost nothing.
  const hadGenesis = known?.incarnation === incarnation && known.sequence > message.sequence;
  if (message.clusterId === '' && !hadGenesis) sendGenesis(state, from, effects);
  noteMembership(state, from, peer, message.clusterId, message.formed);
  if (message.clusterId !== '' && state.genesis !== undefined)
    noteChosenAnnounced(state, message.chosenThrough, effects);
  foundIfReady(state);
}

function judge(
  state: PaxosState,
  from: NodeId,
  incarnation: Incarnation,
  message: Greeting,
): GreetingAnswer['verdict'] {
  const { genesis, options } = state;
  if (genesis === undefined) {
    if (message.clusterName !== options.clusterName) return { kind: 'wrongCluster', clusterId: '' };
    if (!state.members.some(({ nodeId }) => nodeId === from)) return { kind: 'notAMember' };
    // One that has a cluster is not asked any more what it was started with.
    if (message.clusterId !== '') return { kind: 'welcome' };
    if (!sameInitial(message.initial, options.initial)) return { kind: 'differentInitial', initial: options.initial };
    if (message.origin !== options.origin) return { kind: 'differentOrigin', origin: options.origin ?? '' };
    return { kind: 'welcome' };
  }
  const isOther = message.clusterId !== '' && message.clusterId !== genesis.clusterId;
  if (isOther || message.clusterName !== genesis.clusterName) {
    return { kind: 'wrongCluster', clusterId: genesis.clusterId };
  }
  if (isMember(state, from, incarnation)) return { kind: 'welcome' };
  // Whoever belongs to this cluster was let in: if not by what this node knows, then by what came later.
  const isNewer = message.clusterId !== '' && slotOf(message.configuration) > slotOf(state.ruling);
  if (isNewer) return { kind: 'welcome' };
  // What it was restored to is nothing that this cluster could go on from.
  const hasOther = message.clusterId === '' && message.origin !== undefined && message.origin !== genesis.origin;
  if (hasOther) return { kind: 'differentOrigin', origin: genesis.origin ?? '' };
  const member = state.members.find(({ nodeId }) => nodeId === from);
  if (member !== undefined) return { kind: 'strangeIncarnation', expected: member.incarnation };
  return { kind: message.clusterId === '' ? 'notAMember' : 'removed' };
}

function sameInitial(one: readonly Member[], other: readonly Member[]): boolean {
  const text = (members: readonly Member[]): string =>
    JSON.stringify([...members].sort(byNodeId).map(({ nodeId, address }) => [nodeId, address]));
  return text(one) === text(other);
}

/** An answer to a greeting of this boot; others are late. */
export function onGreetingAnswer(
  state: PaxosState,
  from: NodeId,
  incarnation: Incarnation,
  message: GreetingAnswer,
  effects: PaxosEffect[],
): void {
  const { options, genesis } = state;
  const peer = state.peers.get(from);
  if (message.bootId !== options.bootId || peer === undefined) return;
  if (genesis !== undefined) hearOfMembers(state, message.clusterId, message.configuration);
  // A stranger under a member's name has no say about a node that belongs to a cluster.
  if (genesis !== undefined && !mayTeach(state, from, incarnation)) return;
  const { seen, verdict } = message;
  const isSameCluster = genesis === undefined || message.clusterId === genesis.clusterId;
  const isAboutMe = seen?.nodeId === options.nodeId && seen.incarnation === options.incarnation;
  if (isSameCluster && isAboutMe && seen.sequence > state.durableSequence) {
    halt(state, effects, 'ROLLED_BACK', rollbackText(state, from, seen.sequence));
    return;
  }
  peer.answered = true;
  // One that leaves asks until it is told that it is not needed any more.
  peer.settled = genesis === undefined || state.members.some(({ nodeId }) => nodeId === options.nodeId);
  if (verdict.kind === 'welcome') {
    peer.refusal = '';
    if (genesis !== undefined) peer.incarnation = incarnation;
    peer.supportedLevel = Math.max(firstFeatureLevel, message.supportedLevel);
    noteMembership(state, from, peer, message.clusterId, message.formed);
    if (genesis !== undefined && message.clusterId !== '') noteChosenAnnounced(state, message.chosenThrough, effects);
  } else {
    onNoWelcome(state, from, peer, { ...message, verdict }, effects);
  }
  if (!peer.settled) {
    peer.greetAtMs = Math.min(peer.greetAtMs, state.nowMs + peer.greetDelayMs);
    return;
  }
  peer.greetDelayMs = options.timing.retryMs;
  if (state.durableFormed) peer.greetAtMs = Number.POSITIVE_INFINITY;
}

function onNoWelcome(
  state: PaxosState,
  from: NodeId,
  peer: Peer,
  {
    clusterId,
    configuration,
    verdict,
  }: Pick<GreetingAnswer, 'clusterId' | 'configuration'> & { readonly verdict: Refusal },
  effects: PaxosEffect[],
): void {
  if (state.genesis === undefined) {
    onRefusal(state, from, peer, { verdict, clusterId }, effects);
    if (isStrange(verdict)) greetInstead(state, configuration);
    return;
  }
  const [knownSlot, ownSlot] = [slotOf(configuration), slotOf(state.ruling)];
  if (clusterId === '' || knownSlot < ownSlot) {
    // Whoever knows less of the members has no say about one: it may not have heard that this node was taken in, or that it was itself.
    peer.settled = false;
    return;
  }
  // It greets, or has greeted, as a stranger: before its disk knew of the cluster that has taken it in and removed it.
  const isRemoved = knownSlot > ownSlot || !state.members.some(({ nodeId }) => nodeId === state.options.nodeId);
  const isGone = verdict.kind === 'notAMember' && isRemoved;
  onRefusal(state, from, peer, { verdict: isGone ? { kind: 'removed' } : verdict, clusterId }, effects);
}

/**
 * One misconfigured peer must not stop a member; a majority of the others' word, or any word to a newcomer, does. That it was removed
 * is said only by who knows a later configuration than it does.
 */
function onRefusal(
  state: PaxosState,
  from: NodeId,
  peer: Peer,
  { verdict, clusterId }: { readonly verdict: Refusal; readonly clusterId: string },
  effects: PaxosEffect[],
): void {
  const isNews = peer.refusal !== verdict.kind;
  const isFirst = [...state.peers.values()].every(({ refusal }) => refusal === '');
  peer.refusal = verdict.kind;
  const text = refusalText(state, from, verdict);
  if (state.genesis === undefined && mayJoin(state, verdict.kind, clusterId !== '')) {
    peer.settled = false;
    if (isNews && isFirst) effects.push({ type: 'notice', code: 'waits-to-join', text });
    return;
  }
  if (verdict.kind === 'removed') {
    halt(state, effects, 'REMOVED', text);
    return;
  }
  let refusals = 0;
  for (const { refusal } of state.peers.values()) if (refusal === verdict.kind) refusals += 1;
  if (state.genesis === undefined || refusals >= quorum(state)) {
    halt(state, effects, haltCodeOf(verdict.kind), text);
  } else if (isNews) {
    effects.push({ type: 'notice', code: 'peer-refused', text });
  }
}

/**
 * A directory without a cluster under a member's name is taken in by itself; under a new one, if it was started for that. What others
 * without a cluster were started with is nothing to whoever waits to join one.
 */
function mayJoin({ options, joiningAtSlot }: PaxosState, kind: Refusal['kind'], byMember: boolean): boolean {
  if (kind === 'strangeIncarnation') return true;
  const waits = options.joins || joiningAtSlot > 0;
  return waits && (byMember ? kind === 'notAMember' : kind !== 'wrongCluster');
}
