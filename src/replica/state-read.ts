import type { Paxos } from '../paxos/paxos.ts';
import type { Revision } from '../wire/identifiers.ts';
import type { ReplicaInput } from './input.ts';
import type { ReadRouter } from './read-router.ts';

/** Asks for the whole state as a client asks for a key: it is told by `stateRead`. */
export function submitStateRead(
  reads: ReadRouter,
  { formed, canApply }: Pick<Paxos, 'formed' | 'canApply'>,
  { token, consistency }: Extract<ReplicaInput, { readonly type: 'readState' }>,
  nowMs: number,
): void {
  if (!formed) reads.refuseState(token, 'UNAVAILABLE', 'this node belongs to no cluster yet');
  else if (!canApply)
    reads.refuseState(token, 'UNAVAILABLE', 'this node has lost its state, and waits for another one');
  else {
    const seenRevision = 0 as Revision;
    reads.submit({ connection: 'shell', requestId: token, seenRevision, body: { consistency }, arrivedMs: nowMs });
  }
}
