/** How time passes in the lease model: in steps, by each node's clock at its own rate. */
export interface TimeScope {
  readonly steps: number;
  /** What the clock of each node gains in a step. */
  readonly stepMs: readonly [number, number, number];
  readonly leaseMs: number;
  readonly clockDriftPermille: number;
}

/**
 * What is explored: three acceptors, and bounds on everything that could go on for ever. A search is exhaustive when it has visited
 * each state that can be reached within them.
 */
export interface Scope {
  readonly name: string;
  /**
   * `consensus`: time stands still, any timer may fire at any moment, and nothing binds or deters anybody; leases are off.
   * `leases`: time passes in steps, grants bind by the clock; other timers may still fire at any moment.
   */
  readonly model: 'consensus' | 'leases';
  /**
   * `formed`: nobody has campaigned. `led`: n1 leads in the first round, and all that it has sent so far has arrived and is on the
   * disks; for what only a change of leaders shows.
   */
  readonly start: 'formed' | 'led';
  /** n1, n2, …: only these campaign. */
  readonly proposers: number;
  /** No ballot above it is made. */
  readonly rounds: number;
  /** Values of clients, of all leaders together. */
  readonly proposals: number;
  /** Leaders propose values of clients only up to it; the no-op that opens a ballot may come above. */
  readonly slots: number;
  /** Of all nodes together; a node restarts at once. */
  readonly crashes: number;
  /** `slow`: a record is under way for any time, and lost by a crash meanwhile. `instant`: it is durable at the end of the turn. */
  readonly disk: 'slow' | 'instant';
  /** `asked`: by messages like all others. `granted`: by a peer at once, whoever asks; see `local-machine.ts`. */
  readonly preVotes: 'asked' | 'granted';
  /** Whether a leader may hand over to another proposer. */
  readonly transfers: boolean;
  readonly time: TimeScope | undefined;
}

/** One line that says all of it. */
export function describeScope(scope: Scope): string {
  const parts = [
    `${scope.model} model`,
    `from a ${scope.start} cluster`,
    '3 acceptors',
    `${scope.proposers} proposer${scope.proposers === 1 ? '' : 's'}`,
    `rounds <= ${scope.rounds}`,
    `client values <= ${scope.proposals} in slots <= ${scope.slots}`,
    `crashes <= ${scope.crashes}`,
    `disk ${scope.disk}`,
    `pre-votes ${scope.preVotes}`,
    `transfers ${scope.transfers ? 'yes' : 'no'}`,
  ];
  const { time } = scope;
  if (time !== undefined) {
    const { steps, stepMs, leaseMs, clockDriftPermille } = time;
    parts.push(`${steps} steps of ${stepMs.join('/')} ms, lease ${leaseMs} ms, drift ${clockDriftPermille} permille`);
  }
  return parts.join(', ');
}
