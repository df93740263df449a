import type { ConfigOverrides } from '../../src/testing/simulation/config.ts';

/** One change of one source file. */
export interface Edit {
  /** Relative to the root of the project. */
  readonly file: string;
  /** Occurs in the file exactly once, or the bug can no longer be planted. */
  readonly find: string;
  readonly replace: string;
}

/** A bug that is planted in a copy of the sources, to prove that it would be found. */
export interface PlantedBug {
  readonly name: string;
  readonly meaning: string;
  readonly edits: readonly Edit[];
}

/** One that the simulator must find: a simulator that finds nothing in a broken product says nothing about a good one. */
export interface Mutant extends PlantedBug {
  /** The invariants that may find it: any other one has found something else. */
  readonly foundBy: readonly string[];
  /** Where to look for it; elsewhere it is found too, but later. */
  readonly focus?: ConfigOverrides;
  /** There it is found among so many seeds, the first of which is 1. */
  readonly withinSeeds: number;
  /** Where it is known in advance which seed finds it. */
  readonly exactlyAtSeed?: number;
}

/** What the product's own assertions find: the node that is about to break a promise stops instead. */
export const ownAssertion = 'no node halts';
