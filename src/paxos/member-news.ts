import type { Greeting } from './messages.ts';
import type { Configuration, Slot } from './record.ts';
import type { PaxosState } from './state.ts';

/** Higher: knows more of who is a member. */
export function slotOf(configuration: Configuration | undefined): Slot {
  return configuration?.slot ?? 0;
}

/**
 * Whoever was away for long may know none of the members any more: a configuration that was chosen is one, whoever tells of it. It does
 * not rule here before the log or a checkpoint has come to it, but its members are asked for both.
 */
export function hearOfMembers(state: PaxosState, clusterId: string, configuration: Configuration | undefined): void {
  if (configuration === undefined || clusterId !== state.genesis?.clusterId) return;
  if (configuration.slot <= Math.max(slotOf(state.ruling), slotOf(state.successor))) return;
  state.successor = configuration;
  state.membersChanged = true;
}

/** A member looks for the directory that this one has taken the place of: those that this node was started with may all have left. */
export function followMember(state: PaxosState, { clusterName, configuration }: Greeting): void {
  const { options } = state;
  // What was restored is meant for a cluster of its own.
  if (clusterName !== options.clusterName || options.origin !== undefined) return;
  if (configuration?.members.some(({ nodeId }) => nodeId === options.nodeId)) greetInstead(state, configuration);
}

/** Those that it was started with may have left meanwhile. */
export function greetInstead(state: PaxosState, configuration: Configuration | undefined): void {
  const { nodeId } = state.options;
  if (configuration === undefined || configuration.slot <= state.joiningAtSlot) return;
  const { slot, members } = configuration;
  state.joiningAtSlot = slot;
  const self = state.members.filter((member) => member.nodeId === nodeId);
  state.members = [...members.filter((member) => member.nodeId !== nodeId), ...self];
  state.membersChanged = true;
}
