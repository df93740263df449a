import type { PaxosOptions } from '../../paxos/paxos.ts';
import type { ClusterSettings, JournalRecord, Member } from '../../paxos/record.ts';
import { zeroBallot } from '../../wire/ballot.ts';
import { utf8Bytes, utf8Text } from '../../wire/bytes.ts';
import type { NodeId } from '../../wire/identifiers.ts';
import type { Scope } from './scope.ts';

export const nodeCount = 3;

/** In the order of their ids, which decides between ballots of one round. */
export const nodeIds: readonly NodeId[] = ['n1', 'n2', 'n3'] as readonly string[] as readonly NodeId[];

/** Longer than any exploration. */
const endlessMs = 1e9;

export function nodeIdOf(node: number): NodeId {
  const nodeId = nodeIds[node];
  if (nodeId === undefined) throw new RangeError(`no node ${node}`);
  return nodeId;
}

export function incarnationOf(nodeId: NodeId): string {
  return `${nodeId}-a`;
}

function members(): readonly Member[] {
  return nodeIds.map((nodeId) => ({ nodeId, incarnation: incarnationOf(nodeId), address: nodeId }));
}

function settingsOf({ time }: Scope): ClusterSettings {
  return time === undefined
    ? { leaseMs: 1, clockDriftPermille: 0, leases: false }
    : { leaseMs: time.leaseMs, clockDriftPermille: time.clockDriftPermille, leases: true };
}

/**
 * No silence deters a candidate (`silenceMsLow`), everything is repeated when a tick comes (`retryMs`), and a booted node votes
 * at once (`greetingWaitMs`): each of these only allows more than a node with real timing would do. Heartbeats
 * and hints have no period of their own; the search says when a leader sends one.
 */
export function optionsOf(node: number, scope: Scope): PaxosOptions {
  const nodeId = nodeIdOf(node);
  return {
    nodeId,
    incarnation: incarnationOf(nodeId),
    joins: false,
    bootId: 'boot',
    clusterName: 'explored',
    initial: members(),
    freshClusterId: 'explored',
    settings: settingsOf(scope),
    timing: {
      heartbeatMs: endlessMs,
      silenceMsLow: 0,
      silenceMsHigh: endlessMs,
      greetingWaitMs: 0,
      retryMs: 0,
      retryMsHigh: 0,
      hintMs: endlessMs,
      suspensionMs: endlessMs,
      transferMs: endlessMs,
    },
    randomSeed: 0,
  };
}

/** The cluster is formed: the search starts after that. */
export function genesisRecord(scope: Scope): JournalRecord {
  const genesis = {
    clusterId: 'explored',
    clusterName: 'explored',
    members: members(),
    settings: settingsOf(scope),
  };
  return {
    sequence: 1,
    promised: zeroBallot,
    chosenThrough: 0,
    trimmedThrough: 0,
    accepted: [],
    seen: [],
    genesis,
    formed: true,
    configuration: undefined,
  };
}

/** Values are opaque to the protocol, so it does not matter what they are, only which are equal: each proposal has its own. */
export function proposedValue(node: number, ordinal: number): Uint8Array {
  return utf8Bytes(`${String.fromCharCode(97 + node)}${ordinal}`);
}

export function valueText(value: Uint8Array): string {
  return value.length === 0 ? 'no-op' : utf8Text(value);
}
