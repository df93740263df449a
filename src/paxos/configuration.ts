import type { NodeId } from '../wire/identifiers.ts';
import { configurationOf } from './configuration-codec.ts';
import type { ClusterMember, Configuration, Genesis, Incarnation, Member, Slot } from './record.ts';
import type { LogEntry, PaxosState } from './state.ts';

/**
 * Who decides. The configuration chosen in slot s rules from slot s + 1 on, and nothing is proposed past a change that is not chosen
 * (the state machine approach with a window of one: Lamport, "The Part-Time Parliament", 1998, section 3.3.5; Lamport, Malkhi, Zhou,
 * "Reconfiguring a State Machine", 2010). A ballot belongs to one configuration: a change that is chosen ends the ballot, and whoever
 * leads next has the promises of a quorum of the new one, for every slot that it rules.
 */
export function votersOf(members: readonly ClusterMember[]): readonly ClusterMember[] {
  return members.filter(({ standing }) => standing === 'voter');
}

export function quorumOf(members: readonly ClusterMember[]): number {
  let voters = 0;
  for (const { standing } of members) if (standing === 'voter') voters += 1;
  return Math.floor(voters / 2) + 1;
}

export function asVoters(members: readonly Member[]): readonly ClusterMember[] {
  return members.map(({ nodeId, incarnation, address }) => {
    return { nodeId, incarnation, address, standing: 'voter', replaces: '' };
  });
}

export function isVoter(state: PaxosState, nodeId: NodeId): boolean {
  return state.members.some((member) => member.nodeId === nodeId && member.standing === 'voter');
}

/** For those who have the genesis, which says by itself who was there first. */
export function chosenAfterBirth({ ruling }: PaxosState): Configuration | undefined {
  return ruling?.slot === 0 ? undefined : ruling;
}

export function noteGenesis(state: PaxosState, genesis: Genesis): void {
  state.genesis = genesis;
  if (state.ruling !== undefined) return;
  rule(state, { slot: 0, members: asVoters(genesis.members) });
}

/** Of slots that became known to be chosen: the entries from `fromSlot` to `toSlot` that are in memory. */
export function noteChosenConfigurations(state: PaxosState, fromSlot: Slot, toSlot: Slot): void {
  for (let slot = fromSlot; slot <= toSlot; slot++) {
    const entry = state.log.get(slot);
    if (entry !== undefined) noteChosenConfiguration(state, slot, entry);
  }
  dismissDeparted(state);
}

function noteChosenConfiguration(state: PaxosState, slot: Slot, { value }: LogEntry): void {
  const configuration = configurationOf(slot, value);
  if (configuration !== undefined) noteConfiguration(state, configuration);
}

/** A configuration that was chosen, whoever says so. Older ones than are known change nothing. */
export function noteConfiguration(state: PaxosState, configuration: Configuration): void {
  if (state.ruling !== undefined && configuration.slot <= state.ruling.slot) return;
  rule(state, configuration);
}

function rule(state: PaxosState, configuration: Configuration): void {
  const { members, departing } = state;
  const before = state.ruling === undefined ? [] : [...members, ...departing];
  state.ruling = configuration;
  if (state.successor !== undefined && state.successor.slot <= configuration.slot) state.successor = undefined;
  state.members = configuration.members;
  // Those that leave are listened to until a slot above is chosen: until then a leader among them may have to bring it about.
  state.departing = before.filter(({ nodeId }) => !configuration.members.some((member) => member.nodeId === nodeId));
  state.membersChanged = true;
  for (const { nodeId, incarnation } of configuration.members) {
    if (state.strangers.get(nodeId)?.incarnation === incarnation) state.strangers.delete(nodeId);
  }
  dismissDeparted(state);
}

/** A slot above the change is chosen: a quorum of the new members holds the change and knows that it is chosen. */
export function dismissDeparted(state: PaxosState): void {
  const { ruling } = state;
  if (ruling === undefined || state.departing.length === 0 || state.chosenThrough <= ruling.slot) return;
  state.departing = [];
  state.membersChanged = true;
}

export function isAmong(members: readonly Member[], nodeId: NodeId, incarnation: Incarnation): boolean {
  return members.some((member) => member.nodeId === nodeId && member.incarnation === incarnation);
}

/** Whether its own log says that this node may lead: it votes, and knows of no change that its log lacks. */
export function isElectable(state: PaxosState): boolean {
  const { ruling } = state;
  return ruling !== undefined && ruling.slot <= state.chosenThrough && isVoter(state, state.options.nodeId);
}
