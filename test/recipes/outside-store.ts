import type { Part, TwoPhaseParticipant } from '../../src/recipes/two-phase-types.ts';

type State = 'prepared' | 'committed' | 'rolledBack';

/** A participant as it should be: it remembers, refuses those who are late, and what it was asked twice it does once. */
export class OutsideStore implements TwoPhaseParticipant {
  readonly states = new Map<string, State>();
  readonly tokens = new Map<string, number>();
  readonly committed: unknown[] = [];
  readonly problems: string[] = [];
  /** Called before each step: to fail, to hang, to kill somebody. */
  before: (step: 'prepare' | 'commit' | 'rollback', part: Part) => unknown = () => undefined;

  async prepare(part: Part): Promise<void> {
    await this.before('prepare', part);
    this.#refuseLate(part);
    const state = this.states.get(part.id);
    if (state === 'rolledBack') throw new Error('it was rolled back');
    this.states.set(part.id, state ?? 'prepared');
  }

  async commit(part: Part): Promise<void> {
    await this.before('commit', part);
    this.#refuseLate(part);
    const state = this.states.get(part.id);
    if (state === 'committed') return;
    if (state !== 'prepared') this.problems.push(`${part.id} is committed after ${state}`);
    this.states.set(part.id, 'committed');
    this.committed.push(part.payload);
  }

  async rollback(part: Part): Promise<void> {
    await this.before('rollback', part);
    this.#refuseLate(part);
    if (this.states.get(part.id) === 'committed') this.problems.push(`${part.id} is rolled back after a commit`);
    this.states.set(part.id, 'rolledBack');
  }

  #refuseLate({ id, token }: Part): void {
    const highest = this.tokens.get(id) ?? 0;
    if (token < highest) throw new Error(`the token ${token} is older than ${highest}`);
    this.tokens.set(id, token);
  }
}
