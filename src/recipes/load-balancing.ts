import type { Instance } from './directory-types.ts';

export const strategies = ['random', 'roundRobin', 'weighted', 'leastRequests', 'leastConnections'] as const;

/**
 * How one of several instances is chosen. `random`, `roundRobin`: each as often as the others. `weighted`: in turn, as often as its weight
 * says. `leastRequests`, `leastConnections`: the one with the fewest under way, or open, through this resolver for its weight.
 */
export type Strategy = (typeof strategies)[number];

/** What is known of an instance besides what it tells of itself. */
export interface Load {
  readonly instance: Instance;
  /** Under way. */
  requests: number;
  /** Open. */
  connections: number;
  /** Of the smooth weighted turns. */
  credit: number;
  /** The number of the turn in which it was chosen last; 0: never. */
  lastTurn: number;
}

/** Chooses one, and says so in its `lastTurn` and `credit`. Undefined: there is none. */
export class Balancer {
  readonly #strategy: Strategy;
  readonly #random: () => number;
  #turn = 0;

  constructor(strategy: Strategy, random: () => number) {
    this.#strategy = strategy;
    this.#random = random;
  }

  choose(candidates: readonly Load[]): Load | undefined {
    const chosen = this.#choose(candidates);
    this.#turn += 1;
    if (chosen !== undefined) chosen.lastTurn = this.#turn;
    return chosen;
  }

  #choose(candidates: readonly Load[]): Load | undefined {
    switch (this.#strategy) {
      case 'random':
        return this.#any(candidates);
      case 'roundRobin':
        return least(candidates, ({ lastTurn }) => lastTurn)[0];
      case 'weighted':
        return smoothlyWeighted(candidates);
      case 'leastRequests':
        return this.#any(least(candidates, ({ requests, instance }) => requests / instance.weight));
      case 'leastConnections':
        return this.#any(least(candidates, ({ connections, instance }) => connections / instance.weight));
    }
  }

  /** Also among equals, so that many resolvers do not all begin with the same one. */
  #any(candidates: readonly Load[]): Load | undefined {
    return candidates[Math.floor(this.#random() * candidates.length)];
  }
}

/** All that have the lowest. */
function least(candidates: readonly Load[], of: (candidate: Load) => number): readonly Load[] {
  const lowest = candidates.reduce((low, candidate) => Math.min(low, of(candidate)), Number.POSITIVE_INFINITY);
  return candidates.filter((candidate) => of(candidate) === lowest);
}

/**
 * In each turn every candidate earns its weight, and the richest is chosen and pays for all: weights 3 and 1 give a, a, b, a and not
 * a, a, a, b (the way of nginx).
 */
function smoothlyWeighted(candidates: readonly Load[]): Load | undefined {
  let total = 0;
  let richest: Load | undefined;
  for (const candidate of candidates) {
    candidate.credit += candidate.instance.weight;
    total += candidate.instance.weight;
    if (richest === undefined || candidate.credit > richest.credit) richest = candidate;
  }
  if (richest !== undefined) richest.credit -= total;
  return richest;
}
