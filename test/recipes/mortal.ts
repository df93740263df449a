import type { Client } from '../../src/client/index.ts';
import type { TwoPhaseParticipant } from '../../src/recipes/two-phase-types.ts';

/** `before`: the call is never made; `after`: it has all its effect, and its answer reaches nobody. */
export type Moment = 'before' | 'after';

/** A program that dies at a step of its own choice: what it has not done then, it never does. */
export class Mortal {
  /** What it has begun so far, in order. */
  readonly steps: string[] = [];
  readonly #fatal: number;
  readonly #moment: Moment;
  readonly #onDeath: () => void;
  #isDead = false;

  /** `fatal`: the number of the step, from 0. */
  constructor(fatal: number, moment: Moment, onDeath: () => void) {
    this.#fatal = fatal;
    this.#moment = moment;
    this.#onDeath = onDeath;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** Each command and read of the client, and the end of each lock, is a step. */
  inhabits(client: Client): void {
    for (const name of ['txn', 'get', 'delete'] as const) {
      const call = client[name].bind(client) as (...args: unknown[]) => Promise<unknown>;
      Object.assign(client, { [name]: (...args: unknown[]) => this.#step(name, () => call(...args)) });
    }
    const lock = client.lock.bind(client);
    client.lock = (...args) =>
      this.#step('lock', async () => {
        const held = await lock(...args);
        const end = () => this.#step('release', async () => void (await held.release()));
        return Object.defineProperty(held, Symbol.asyncDispose, { value: end });
      });
  }

  /** Each call of the participant is a step. */
  reaches(name: string, participant: TwoPhaseParticipant): TwoPhaseParticipant {
    return {
      prepare: (part) => this.#step(`prepare ${name}`, async () => await participant.prepare(part)),
      commit: (part) => this.#step(`commit ${name}`, async () => await participant.commit(part)),
      rollback: (part) => this.#step(`rollback ${name}`, async () => await participant.rollback(part)),
    };
  }

  async #step<T>(name: string, work: () => Promise<T>): Promise<T> {
    if (this.#isDead) return await never();
    const isFatal = this.steps.length === this.#fatal;
    this.steps.push(name);
    if (isFatal && this.#moment === 'before') return await this.#die();
    const value = await work();
    if (isFatal) return await this.#die();
    // It may have died while it waited.
    return this.#isDead ? await never() : value;
  }

  async #die(): Promise<never> {
    this.#isDead = true;
    this.#onDeath();
    return await never();
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
