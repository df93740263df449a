import { firstFeatureLevel, supportedFeatureLevel } from '../wire/feature-level.ts';
import type { NodeId } from '../wire/identifiers.ts';
import { halt, isMember, peerIds, quorum, send } from './cluster.ts';
import type { PaxosEffect } from './effects.ts';
import { byNodeId, foundIfReady, noteMembership, originOf, sendGenesis } from './formation.ts';
import { noteSeen } from './journal.ts';
import type { Greeting, GreetingAnswer } from './messages.ts';
import type { Incarnation, Member } from './record.ts';
import { haltCodeOf, refusalText, rollbackText } from './refusal.ts';
import { never, type PaxosState, type Peer } from './state.ts';

export function newPeer(state: PaxosState): Peer {
  return {
    link: 'unknown',
    refusedAtMs: never,
    answered: false,
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
  for (const to of peerIds(state)) {
    const peer = state.peers.get(to);
    if (peer === undefined || state.nowMs < peer.greetAtMs) continue;
    greet(state, to, peer, effects);
  }
}

export function greet(state: PaxosState, to: NodeId, peer: Peer, effects: PaxosEffect[]): void {
  const { options } = state;
  const isSettled = peer.answered && state.durableFormed;
  peer.greetAtMs = isSettled ? Number.POSITIVE_INFINITY : state.nowMs + peer.greetDelayMs;
  if (!peer.answered) peer.greetDelayMs = Math.min(peer.greetDelayMs * 2, options.timing.retryMsHigh);
  send(effects, to, {
    type: 'greeting',
    clusterId: durableClusterId(state),
    clusterName: state.genesis?.clusterName ?? options.clusterName,
    incarnation: options.incarnation,
    bootId: options.bootId,
    formed: state.durableFormed,
    sequence: state.durableSequence,
    chosenThrough: state.chosenThrough,
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
  const known = state.seen.get(from);
  send(effects, from, {
    type: 'greetingAnswer',
    bootId: message.bootId,
    clusterId: durableClusterId(state),
    incarnation: state.options.incarnation,
    formed: state.durableFormed,
    chosenThrough: state.chosenThrough,
    verdict,
    seen: known?.incarnation === incarnation ? known : undefined,
    supportedLevel: ownLevel(state),
  });
  const peer = state.peers.get(from);
  if (peer === undefined) return;
  peer.bootId = message.bootId;
  const isWelcome = verdict.kind === 'welcome';
  peer.readyToFound = isWelcome && message.clusterId === '';
  if (!isWelcome) return;
  peer.incarnation = incarnation;
  peer.supportedLevel = Math.max(firstFeatureLevel, message.supportedLevel);
  if (isMember(state, from, incarnation)) noteSeen(state, { nodeId: from, incarnation, sequence: message.sequence });
  // One that had it and has lost it is not given it again: with it, it would look like one that has lost nothing.
  const hadGenesis = known?.incarnation === incarnation && known.sequence > message.sequence;
  if (message.clusterId === '' && !hadGenesis) sendGenesis(state, from, effects);
  noteMembership(state, from, peer, message.clusterId, message.formed);
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
    if (!options.initial.some(({ nodeId }) => nodeId === from)) return { kind: 'notAMember' };
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
  const member = genesis.members.find(({ nodeId }) => nodeId === from);
  if (member === undefined) return { kind: 'notAMember' };
  if (member.incarnation === incarnation) return { kind: 'welcome' };
  return { kind: 'strangeIncarnation', expected: member.incarnation };
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
  // A stranger under a member's name has no say about a node that belongs to a cluster.
  if (genesis !== undefined && !isMember(state, from, incarnation)) return;
  const { seen, verdict } = message;
  const isSameCluster = genesis === undefined || message.clusterId === genesis.clusterId;
  const isAboutMe = seen?.nodeId === options.nodeId && seen.incarnation === options.incarnation;
  if (isSameCluster && isAboutMe && seen.sequence > state.durableSequence) {
    halt(state, effects, 'ROLLED_BACK', rollbackText(state, from, seen.sequence));
    return;
  }
  peer.answered = true;
  peer.greetDelayMs = options.timing.retryMs;
  if (state.durableFormed) peer.greetAtMs = Number.POSITIVE_INFINITY;
  if (verdict.kind === 'welcome') {
    peer.refusal = '';
    if (genesis !== undefined) peer.incarnation = incarnation;
    peer.supportedLevel = Math.max(firstFeatureLevel, message.supportedLevel);
    noteMembership(state, from, peer, message.clusterId, message.formed);
    return;
  }
  onRefusal(state, from, peer, verdict, effects);
}

/** One misconfigured peer must not stop a member; a majority of the others' word, or any word to a newcomer, does. */
function onRefusal(
  state: PaxosState,
  from: NodeId,
  peer: Peer,
  verdict: Exclude<GreetingAnswer['verdict'], { kind: 'welcome' }>,
  effects: PaxosEffect[],
): void {
  const isNews = peer.refusal !== verdict.kind;
  peer.refusal = verdict.kind;
  const text = refusalText(state, from, verdict);
  let refusals = 0;
  for (const { refusal } of state.peers.values()) if (refusal === verdict.kind) refusals += 1;
  if (state.genesis === undefined || refusals >= quorum(state)) {
    halt(state, effects, haltCodeOf(verdict.kind), text);
  } else if (isNews) {
    effects.push({ type: 'notice', code: 'peer-refused', text });
  }
}
