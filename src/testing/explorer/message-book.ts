import { encodeCanonically } from '../../paxos/canonical.ts';
import type { PaxosMessage } from '../../paxos/messages.ts';
import type { AcceptedSlot, JournalRecord } from '../../paxos/record.ts';
import { formatBallot } from '../../wire/ballot.ts';
import { Interner } from './interner.ts';
import { nodeIdOf, valueText } from './members.ts';

export interface Envelope {
  readonly from: number;
  readonly to: number;
  readonly message: PaxosMessage;
}

/** Every message that was ever sent, by number. */
export class MessageBook {
  readonly #envelopes = new Interner<Envelope>();

  get size(): number {
    return this.#envelopes.size;
  }

  number(envelope: Envelope): number {
    const { from, to, message } = envelope;
    return this.#envelopes.number(`${from}>${to} ${encodeCanonically(message)}`, () => envelope);
  }

  envelope(number: number): Envelope {
    return this.#envelopes.thing(number);
  }

  describe(number: number): string {
    const { from, to, message } = this.envelope(number);
    return `${nodeIdOf(from)} > ${nodeIdOf(to)} ${describeMessage(message)}`;
  }
}

export function describeMessage(message: PaxosMessage): string {
  switch (message.type) {
    case 'preVoteAnswer':
      return `preVoteAnswer ${formatBallot(message.ballot)} ${message.granted ? 'granted' : 'refused'}`;
    case 'prepare':
      return `prepare ${formatBallot(message.ballot)} from slot ${message.fromSlot}`;
    case 'promise': {
      const { ballot, chosenThrough, accepted } = message;
      return `promise ${formatBallot(ballot)}, chosen through ${chosenThrough}, ${describeAccepted(accepted)}`;
    }
    case 'rejected':
      return `rejected ${formatBallot(message.ballot)}, promised ${formatBallot(message.promised)}`;
    case 'accept': {
      const { ballot, slot, value, chosenThrough } = message;
      return `accept ${formatBallot(ballot)} slot ${slot}=${valueText(value)}, chosen through ${chosenThrough}`;
    }
    case 'accepted':
      return `accepted ${formatBallot(message.ballot)} through ${message.through}`;
    case 'heartbeat':
      return `heartbeat ${formatBallot(message.ballot)} #${message.id}, chosen through ${message.chosenThrough}`;
    case 'heartbeatAnswer':
      return `heartbeatAnswer ${formatBallot(message.ballot)} #${message.id}, accepted through ${message.acceptedThrough}`;
    case 'fetch':
      return `fetch slots ${message.fromSlot}..${message.toSlot}`;
    case 'learn': {
      const slots = message.slots.map(({ slot, value }) => `${slot}=${valueText(value)}`);
      return `learn ${slots.join('; ')}`;
    }
    case 'preVote':
    case 'transfer':
      return `${message.type} ${formatBallot(message.ballot)}`;
    default:
      return message.type;
  }
}

export function describeRecord({ promised, chosenThrough, accepted }: JournalRecord): string {
  return `promised ${formatBallot(promised)}, chosen through ${chosenThrough}, ${describeAccepted(accepted)}`;
}

function describeAccepted(accepted: readonly AcceptedSlot[]): string {
  if (accepted.length === 0) return 'nothing accepted';
  const slots = accepted.map(({ slot, ballot, value, chosen }) => {
    return `${slot}=${valueText(value)} in ${formatBallot(ballot)}${chosen ? ' (chosen)' : ''}`;
  });
  return `accepted ${slots.join('; ')}`;
}
