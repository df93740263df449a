import { nodeIdOf, proposedValue, valueText } from './members.ts';
import type { MessageBook } from './message-book.ts';

/**
 * What may happen to a node, by number.
 *
 * - `timeout`: its candidacy has lasted too long, or it leads and has heard of no quorum for too long;
 * - `tick`: other timers;
 * - `persisted`: the record under way is on the disk;
 * - `crash`: what is not on the disk is gone, and the node restarts. That a record reaches the disk of a node which crashes before
 *   it is told is `persisted`, then `crash`, with the messages that it then sent never delivered;
 * - `timePasses`: a step of time, for all nodes at once;
 * - `confirm`: a leader sends a heartbeat, as for a read;
 * - `transfer`: a leader hands over;
 * - then the proposal of the n-th value of a client by this node; its election timer fires, and it campaigns in the n-th round; n from 1;
 * - then the arrival of each message.
 */
export const inputs = {
  timeout: 0,
  tick: 1,
  persisted: 2,
  crash: 3,
  timePasses: 4,
  confirm: 5,
  transfer: 6,
} as const;

const firstProposal = 8;
const firstCampaign = 16;
const firstMessage = 24;

/** Of rounds, and of the values that one node proposes. */
export const highestOrdinal = 8;

export function proposalInput(ordinal: number): number {
  return firstProposal + ordinal - 1;
}

export function isProposal(input: number): boolean {
  return input >= firstProposal && input < firstCampaign;
}

export function proposalOrdinal(input: number): number {
  return input - firstProposal + 1;
}

export function campaignInput(round: number): number {
  return firstCampaign + round - 1;
}

export function isCampaign(input: number): boolean {
  return input >= firstCampaign && input < firstMessage;
}

export function campaignRound(input: number): number {
  return input - firstCampaign + 1;
}

export function messageInput(message: number): number {
  return firstMessage + message;
}

export function isMessage(input: number): boolean {
  return input >= firstMessage;
}

export function messageOf(input: number): number {
  return input - firstMessage;
}

export function describeInput(node: number, input: number, messages: MessageBook): string {
  const nodeId = nodeIdOf(node);
  if (isMessage(input)) return `${nodeId} receives ${messages.describe(messageOf(input))}`;
  if (isCampaign(input)) return `${nodeId} campaigns in round ${campaignRound(input)}`;
  if (isProposal(input)) return `${nodeId} proposes ${valueText(proposedValue(node, proposalOrdinal(input)))}`;
  switch (input) {
    case inputs.timeout:
      return `${nodeId} times out`;
    case inputs.tick:
      return `${nodeId} ticks`;
    case inputs.persisted:
      return `the record of ${nodeId} is durable`;
    case inputs.crash:
      return `${nodeId} crashes and restarts`;
    case inputs.confirm:
      return `${nodeId} sends a heartbeat`;
    case inputs.transfer:
      return `${nodeId} hands over`;
    default:
      return 'a step of time passes';
  }
}
