import { crc32 } from 'node:zlib';
import type { Slot } from '../../../paxos/record.ts';
import type { Ballot } from '../../../wire/ballot.ts';
import { equalBytes } from '../../../wire/bytes.ts';
import type { ClientFrame } from '../../../wire/frame.ts';
import type { Operation } from '../../../wire/operation.ts';
import { isInternalBody } from '../../../wire/operation-kind.ts';
import type { BallotNumber, ChosenLog } from './chosen-log.ts';
import { violated } from './violation.ts';

/**
 * 8. Validity: whatever is chosen was submitted by a client, byte for byte, or is a leader's own command. 17. Such a command names the
 * ballot of its leader, and was first proposed in it: no decision by an earlier leader's clock is passed on by a later one.
 */
export class Submissions {
  readonly #chosen: ChosenLog;
  readonly #numberOf: (ballot: Ballot) => BallotNumber;
  /** Copies, by their checksum. */
  readonly #submitted = new Map<number, Uint8Array[]>();

  constructor(chosen: ChosenLog, numberOf: (ballot: Ballot) => BallotNumber) {
    this.#chosen = chosen;
    this.#numberOf = numberOf;
  }

  onSubmitted({ operations }: ClientFrame): void {
    for (const bytes of operations) {
      const checksum = crc32(bytes);
      const alike = this.#submitted.get(checksum);
      if (alike === undefined) this.#submitted.set(checksum, [bytes.slice()]);
      else if (!alike.some((other) => equalBytes(other, bytes))) alike.push(bytes.slice());
    }
  }

  onChosen(slot: Slot, bytes: Uint8Array, { body, command }: Operation): void {
    if (isInternalBody(body) && command === undefined) {
      if (!('ballot' in body)) return;
      const origin = this.#chosen.origin(slot);
      if (origin !== this.#numberOf(body.ballot)) {
        const named = `${body.ballot.round}.${body.ballot.nodeId}`;
        violated('leaders speak for themselves', `slot ${slot}: ${body.kind} of ${named}, proposed in ${origin}`);
      }
      return;
    }
    const alike = this.#submitted.get(crc32(bytes));
    if (alike?.some((other) => equalBytes(other, bytes)) !== true) {
      violated('chosen commands were submitted', `slot ${slot}: a ${body.kind} that no client has sent`);
    }
  }
}
