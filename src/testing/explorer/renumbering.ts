import type { PaxosMessage } from '../../paxos/messages.ts';
import type { PaxosState } from '../../paxos/state.ts';

/** Record `from` is from now on called `to`, and the one after it is the next. What is durable keeps any number that is not higher. */
export function renumberState(state: PaxosState, from: number, to: number): void {
  const { owedPromise, pending, log } = state;
  const shift = from - to;
  for (const entry of log.values()) {
    if (entry.sequence > from) entry.sequence -= shift;
    else if (entry.sequence > 0) entry.sequence = 1;
  }
  if (shift === 0) return;
  state.sequence -= shift;
  state.durableSequence -= shift;
  if (pending !== undefined) state.pending = { ...pending, sequence: pending.sequence - shift };
  if (owedPromise !== undefined && owedPromise.sequence >= from) {
    owedPromise.sequence -= shift;
    owedPromise.parts = owedPromise.parts.map((part) => ({ ...part, sequence: part.sequence - shift }));
  }
}

/** The same for what is said in the turn in which the record becomes durable. */
export function renumberMessage(message: PaxosMessage, from: number, to: number): PaxosMessage {
  if (message.type !== 'promise' || message.sequence < from) return message;
  return { ...message, sequence: message.sequence - from + to };
}
