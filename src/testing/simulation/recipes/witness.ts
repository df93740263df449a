import { setTimeout as sleep } from 'node:timers/promises';
import { ConclaveError } from '../../../client/index.ts';
import { RecipeError } from '../../../recipes/index.ts';
import { keyString, utf8Bytes } from '../../../wire/bytes.ts';
import type { SessionId } from '../../../wire/identifiers.ts';
import { SimulationViolation } from '../invariants/violation.ts';
import type { World } from '../world.ts';
import type { RecipeMark } from './marks.ts';

/** No program has to reckon with these: they say that somebody has called wrongly, or is broken. */
const neverExpected: ReadonlySet<string> = new Set(['INTERNAL', 'INVALID_ARGUMENT', 'INVALID_VALUE', 'PROTOCOL_ERROR']);

/** Sees all programs of a run from outside, at the true time, and judges by what the service really holds. */
export class Witness {
  /** No fault begins any more, and what has begun is healed. */
  faultsAreOver = false;
  readonly marks = new Map<RecipeMark, number>();
  readonly #world: () => World;
  #violation: SimulationViolation | undefined;

  constructor(world: () => World) {
    this.#world = world;
  }

  get violation(): SimulationViolation | undefined {
    return this.#violation;
  }

  get nowUs(): number {
    return this.#world().queue.nowUs;
  }

  /** Whether the service has not ended that session yet. */
  isLive(session: string): boolean {
    return this.#world().service.model.liveSessions.has(Number(session) as SessionId);
  }

  /** Whether the key had been changed last at that revision (undefined: was not there) at some time from `since` until now. */
  wasSo(key: string, modRevision: number | undefined, since: number): boolean {
    const { model } = this.#world().service;
    const name = keyString(utf8Bytes(key));
    for (let revision = model.revision; revision >= since; revision--) {
      if (model.entryAt(name, revision)?.modRevision === modRevision) return true;
    }
    return false;
  }

  isRunning(program: string): boolean {
    return this.#world().programs.running.some(({ name, phase }) => name === program && phase !== 'stopped');
  }

  /** A broken promise: the first one ends the run. Does not throw, since it is called in the midst of a program. */
  found(invariant: string, detail: string): void {
    this.#violation ??= new SimulationViolation(invariant, detail);
  }

  expect(holds: boolean, invariant: string, detail: () => string): void {
    if (!holds) this.found(invariant, detail());
  }

  hit(mark: RecipeMark): void {
    this.#log(mark);
    this.marks.set(mark, (this.marks.get(mark) ?? 0) + 1);
  }

  /** What the call brings; a moment after it has rejected with an error that a program has to reckon with: undefined. */
  async attempt<T>(call: () => Promise<T>, onError: (error: ConclaveError | RecipeError) => void = () => undefined) {
    try {
      return await call();
    } catch (error) {
      const isKnown = error instanceof RecipeError || error instanceof ConclaveError;
      if (isKnown && !neverExpected.has(error.code)) {
        this.#log(`${error.code}: ${error.message}`);
        onError(error);
      } else this.found('recipes reject only with what they document', describeError(error));
      await sleep(10);
      return undefined;
    }
  }

  #log(text: string): void {
    const { trace } = this.#world();
    if (trace.verbose) trace.line(this.nowUs, text);
  }
}

export function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
