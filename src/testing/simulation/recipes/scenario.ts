import type { Client } from '../../../client/index.ts';
import type { RandomStream } from '../prng.ts';
import type { Witness } from './witness.ts';

/** One of the programs that use a recipe together. */
export interface Participant {
  readonly client: Client;
  /** Of this program: another one that comes in its place has another. */
  readonly name: string;
  /** From 0. */
  readonly place: number;
  readonly stream: RandomStream;
}

/** Programs that use one recipe together, and what they may rely on. */
export interface Scenario {
  /** What each of them does until the run is over. */
  participate(participant: Participant): Promise<never>;
  /** Asked again and again in one of them once the faults are over: whether all has come to rest as it should. */
  isAtRest(participant: Participant): Promise<boolean>;
}

export interface ScenarioParts {
  readonly witness: Witness;
  /** How many programs there are at a time. */
  readonly places: number;
}

export type ScenarioFactory = (parts: ScenarioParts) => Scenario;
