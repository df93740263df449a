import type { Client, Held, Lock, Permit } from '../../../client/index.ts';
import type { ActorContext } from './actor.ts';
import type { LockDescription } from './worker-messages.ts';

/** As the history tells of it. */
export function describeHeld(held: Lock | Permit): LockDescription & { readonly token: number } {
  if ('id' in held) return { key: held.name, token: held.id, mode: 'permit' };
  const { names, token, mode } = held;
  return { ...describeLocks(names, mode === 'shared'), token };
}

/** Several at once by the names in order, whatever the order of asking. */
export function describeLocks(names: readonly string[], shared: boolean): LockDescription {
  const [key = '', ...others] = [...names].sort();
  return { key, ...(shared ? { mode: 'shared' } : {}), ...(others.length > 0 ? { others } : {}) };
}

/** The session by which it is held, if that is known: the newest one, as long as it is held. */
export function sessionOf({ session: { id } }: Client, held: Held): { readonly session?: string } {
  return held.held ? { session: id } : {};
}

/** What a process holds, with what it believes of it, which is judged even if it is lost. */
export class RecordedHold {
  readonly #context: ActorContext;
  readonly #held: Lock | Permit;
  #heldUntil: number | undefined;

  constructor(context: ActorContext, held: Lock | Permit) {
    this.#context = context;
    this.#held = held;
  }

  /** Judged now. The clock is read before: whatever stalls between makes the belief shorter. */
  get isHeld(): boolean {
    const at = this.#context.clock.now();
    if (this.#held.held) this.#heldUntil = at;
    return this.#held.held;
  }

  /** Undefined: nothing is known to have been done. */
  async release(): Promise<'released' | 'lost' | undefined> {
    const { process } = this.#context;
    void this.isHeld;
    const heldUntil = this.#heldUntil;
    return await process.run(
      { op: 'unlock', ...describeHeld(this.#held) },
      () => this.#held.release(),
      (answer) => {
        const believed = answer === 'lost' && heldUntil !== undefined ? { heldUntil } : {};
        return { result: answer === 'released', ...believed };
      },
    );
  }
}
