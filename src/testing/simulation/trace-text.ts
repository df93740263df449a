import type { JournalRecord } from '../../paxos/record.ts';
import type { ReplicaInput } from '../../replica/input.ts';
import type { PeerMessage } from '../../replica/messages.ts';

/** Messages, inputs and records in a few words, for the lines of a trace. */
export function briefMessage(message: PeerMessage): string {
  const parts: string[] = [message.type];
  if ('ballot' in message) parts.push(`${message.ballot.round}.${message.ballot.nodeId}`);
  if ('slot' in message) parts.push(`slot ${message.slot}`);
  if ('through' in message) parts.push(`through ${message.through}`);
  if ('id' in message) parts.push(`id ${message.id}`);
  if ('chosenThrough' in message) parts.push(`chosen ${message.chosenThrough}`);
  return parts.join(' ');
}

export function briefInput(input: ReplicaInput): string {
  return input.type === 'peerMessage' ? `${input.from} ${briefMessage(input.message)}` : input.type;
}

export function briefRecord({ sequence, promised, accepted }: JournalRecord): string {
  const slots = accepted.map(({ slot, chosen }) => `${slot}${chosen ? ' chosen' : ''}`).join(', ');
  return `record ${sequence}: promised ${promised.round}.${promised.nodeId}, slots [${slots}]`;
}
