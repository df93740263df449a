import type { HaltCode } from '../paxos/effects.ts';

/** Ends the step under way, and with it this server: nothing of what the step had wanted leaves any more. */
export class Halt extends Error {
  readonly code: HaltCode;

  constructor(code: HaltCode, reason: string) {
    super(reason);
    this.code = code;
  }
}

/** A state that this version cannot read, though it is whole: to drop it as damaged would be to lose it. */
export class UndecodableState extends Error {
  override readonly name = 'UndecodableState';
}
