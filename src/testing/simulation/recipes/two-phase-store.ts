import type { Part } from '../../../recipes/index.ts';

type State = 'prepared' | 'committed' | 'rolledBack';

/** A database outside of the service that keeps its promises: it outlives all programs, and refuses those who are late. */
export class TwoPhaseStore {
  readonly states = new Map<string, State>();
  readonly committed = new Set<unknown>();
  readonly #tokens = new Map<string, number>();
  readonly #onBroken: (detail: string) => void;

  /** `onBroken` is told what nobody may ask for. */
  constructor(onBroken: (detail: string) => void) {
    this.#onBroken = onBroken;
  }

  prepare({ id, token }: Part): void {
    this.#refuseLate(id, token);
    const state = this.states.get(id);
    if (state === 'rolledBack') throw new Error('it was rolled back');
    this.states.set(id, state ?? 'prepared');
  }

  commit({ id, token, payload }: Part): void {
    this.#refuseLate(id, token);
    const state = this.states.get(id);
    if (state !== 'prepared' && state !== 'committed') this.#onBroken(`${id} is to be committed, and is ${state}`);
    this.states.set(id, 'committed');
    this.committed.add(payload);
  }

  rollback({ id, token }: Part): void {
    this.#refuseLate(id, token);
    if (this.states.get(id) === 'committed') this.#onBroken(`${id} is to be rolled back, and is committed`);
    this.states.set(id, 'rolledBack');
  }

  #refuseLate(id: string, token: number): void {
    const highest = this.#tokens.get(id) ?? 0;
    if (token < highest) throw new Error(`the token ${token} is older than ${highest}`);
    this.#tokens.set(id, token);
  }
}
