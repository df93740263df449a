import { assert } from '../wire/assert.ts';
import type { NodeId } from '../wire/identifiers.ts';
import { mayTeach, send } from './cluster.ts';
import { chosenAfterBirth, isAmong, noteConfiguration, noteGenesis } from './configuration.ts';
import type { PaxosEffect } from './effects.ts';
import type { GenesisMessage } from './messages.ts';
import type { Configuration, Genesis, Member, Origin } from './record.ts';
import { resetElectionTimer } from './role.ts';
import type { PaxosOptions, PaxosState, Peer } from './state.ts';

export function byNodeId(a: Pick<Member, 'nodeId'>, b: Pick<Member, 'nodeId'>): number {
  return a.nodeId < b.nodeId ? -1 : 1;
}

/** As a field of what it is bound to; without one, absent. */
export function originOf({ origin }: PaxosOptions): { readonly origin?: Origin } {
  return origin === undefined ? {} : { origin };
}

/** The member with the lowest node id. */
export function isFounder(state: PaxosState): boolean {
  return state.members.every(({ nodeId }) => state.options.nodeId <= nodeId);
}

/** The founder mints the cluster once every listed member has greeted it, with the same list and without a cluster. */
export function foundIfReady(state: PaxosState): void {
  if (state.genesis !== undefined || state.options.joins || !isFounder(state)) return;
  const { options, peers } = state;
  for (const peer of peers.values()) if (!peer.readyToFound) return;
  const members = options.initial.map(({ nodeId, address }): Member => {
    const incarnation = nodeId === options.nodeId ? options.incarnation : (peers.get(nodeId)?.incarnation ?? '');
    return { nodeId, incarnation, address };
  });
  const { clusterName, freshClusterId: clusterId, settings } = options;
  enterCluster(state, { clusterId, clusterName, members: members.sort(byNodeId), settings, ...originOf(options) });
}

function enterCluster(state: PaxosState, genesis: Genesis): void {
  assert(state.genesis === undefined, 'a directory belongs to one cluster for ever');
  noteGenesis(state, genesis);
  for (const peer of state.peers.values()) peer.greetAtMs = state.nowMs;
}

/** Only the genesis that the founder made of this very node is journaled, or that of a cluster that has taken in this very directory. */
export function onGenesis(state: PaxosState, from: NodeId, { bootId, genesis, configuration }: GenesisMessage): void {
  const { options } = state;
  if (state.genesis !== undefined || bootId !== options.bootId) return;
  if (configuration !== undefined) {
    if (genesis.clusterName === options.clusterName) joinCluster(state, genesis, configuration);
    return;
  }
  const listed = [...options.initial].sort(byNodeId);
  const isOurs =
    from === listed[0]?.nodeId &&
    genesis.clusterName === options.clusterName &&
    genesis.origin === options.origin &&
    genesis.members.length === listed.length &&
    listed.every(({ nodeId, address }, index) => {
      const member = genesis.members[index];
      return member?.nodeId === nodeId && member.address === address;
    });
  const self = genesis.members.find(({ nodeId }) => nodeId === options.nodeId);
  if (isOurs && self?.incarnation === options.incarnation) enterCluster(state, genesis);
}

/** A cluster that exists has made this directory a member: who names its incarnation has had it from its own greeting. */
function joinCluster(state: PaxosState, genesis: Genesis, configuration: Configuration): void {
  const { nodeId, incarnation, origin } = state.options;
  if (!isAmong(configuration.members, nodeId, incarnation)) return;
  // A state from elsewhere would be gone on from.
  if (origin !== undefined && origin !== genesis.origin) return;
  enterCluster(state, genesis);
  noteConfiguration(state, configuration);
  state.undurableConfiguration = configuration;
  state.formed = true;
}

/** Repeated with every greeting of a member that does not have it yet. */
export function sendGenesis(state: PaxosState, to: NodeId, effects: PaxosEffect[]): void {
  const bootId = state.peers.get(to)?.bootId ?? '';
  const { genesis, ruling } = state;
  if (genesis === undefined || !state.durableGenesis || ruling === undefined) return;
  // At its birth a cluster has one word, the founder's; later every member has the same.
  if (ruling.slot === 0 && !isFounder(state)) return;
  send(effects, to, { type: 'genesis', bootId, genesis, configuration: chosenAfterBirth(state) });
}

export function onGenesisDurable(state: PaxosState, effects: PaxosEffect[]): void {
  for (const [to, peer] of state.peers) {
    peer.greetAtMs = state.nowMs;
    sendGenesis(state, to, effects);
  }
}

/** Whoever is in the cluster may say so, and may say that all are. */
export function noteMembership(state: PaxosState, from: NodeId, peer: Peer, clusterId: string, formed: boolean): void {
  if (clusterId === '' || clusterId !== state.genesis?.clusterId) return;
  if (!mayTeach(state, from, peer.incarnation)) return;
  peer.hasGenesis = true;
  if (formed) state.formed = true;
}

/** Nobody votes before every member has journaled the genesis. */
export function formIfComplete(state: PaxosState): void {
  if (state.formed || !state.durableGenesis) return;
  for (const peer of state.peers.values()) if (!peer.hasGenesis) return;
  state.formed = true;
}

/** The record that says so is durable: elections may begin, and the founder does not wait for a silence. */
export function onFormed(state: PaxosState, effects: PaxosEffect[]): void {
  resetElectionTimer(state);
  if (isFounder(state)) state.electionAtMs = state.nowMs;
  for (const peer of state.peers.values()) peer.greetAtMs = state.nowMs;
  const { genesis } = state;
  const names = state.members.map(({ nodeId }) => nodeId).join(', ');
  const text = `cluster ${genesis?.clusterName ?? ''} (${genesis?.clusterId ?? ''}) is formed: ${names}`;
  effects.push({ type: 'notice', code: 'formed', text });
}
