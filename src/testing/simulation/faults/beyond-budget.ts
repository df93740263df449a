/**
 * What a run may do to the cluster. `within`: what the service promises to survive, so that any violation is a bug. The others go
 * beyond it, each in one way, and each has a row that says what is promised even then.
 */
export type FaultBudget = 'within' | BeyondBudget;

export type BeyondBudget = 'drift' | 'corruption' | 'rollback';

/** One way to ask too much, and what is left of the promises. */
export interface BeyondBudgetRow {
  readonly name: BeyondBudget;
  readonly breaks: string;
  readonly stillPromised: string;
  /**
   * By the names of invariants and checks. `allBut`: those are not checked, every other one is. `only`: nothing else is checked, because
   * the rest is judged by a log that has come to an end once agreement is broken.
   */
  readonly checked: { readonly allBut: readonly string[] } | { readonly only: readonly string[] };
}

export const beyondBudgetRows: readonly BeyondBudgetRow[] = [
  {
    name: 'drift',
    breaks: 'a clock runs faster or slower than ε allows',
    stillPromised:
      'the log: agreement, equal states, exactly once, rising tokens and counters, faithful watches, and that a fenced resource ' +
      'refuses stale tokens. Reads under a lease may be stale, sessions may end early or late, and two clients may believe for a ' +
      'while that they hold one lock',
    checked: {
      allBut: [
        'one lease at a time',
        // Only as far as reads are concerned: writes keep the order of real time.
        'fresh reads',
        'no session expires early',
        'the client knows first',
        'nothing keeps alive what has ended',
        'mutual exclusion',
        // In the order of time in which clients learn of them; in the order of the log they rise all the same.
        'tokens rise',
      ],
    },
  },
  {
    name: 'corruption',
    breaks: 'the journals of a majority are damaged, in ways that can be seen',
    stillPromised:
      'everything but an answer: nodes that may have forgotten a promise refuse to start, and nobody serves wrong data',
    checked: { allBut: ['liveness'] },
  },
  {
    name: 'rollback',
    breaks: 'a node starts from an older image, and nobody who knows better reaches it in time',
    stillPromised:
      'agreement may be broken, and with it whatever rests on it. A node still makes use only of records that are whole and in ' +
      'order, takes back no promise that it remembers, and speaks only of what is on its disk; no client is led back in time, and ' +
      'no watch goes backwards',
    checked: {
      only: [
        'damage is refused',
        'the journal has no hole',
        'promises rise',
        'one write at a time',
        'a node hears the others before it votes',
        'no client goes back in time',
        'watch is ordered and unique',
        'the resource is fenced',
      ],
    },
  },
];

/** The promises that hold in a run. */
export class Promises {
  readonly #row: BeyondBudgetRow | undefined;

  constructor(budget: FaultBudget) {
    this.#row = beyondBudgetRows.find(({ name }) => name === budget);
  }

  /** By the name of an invariant or a check; `liveness` stands for all that begin with it. */
  has(invariant: string): boolean {
    if (this.#row === undefined) return true;
    const { checked } = this.#row;
    const name = invariant.startsWith('liveness') ? 'liveness' : invariant;
    return 'only' in checked ? checked.only.includes(name) : !checked.allBut.includes(name);
  }
}
