import type { Scope, TimeScope } from './scope.ts';

/** Two proposers that compete in one round, about the no-op of the one and the value of a client of the other. */
const consensus: Scope = {
  name: 'two proposers',
  model: 'consensus',
  start: 'formed',
  proposers: 2,
  rounds: 1,
  proposals: 1,
  slots: 2,
  crashes: 0,
  disk: 'instant',
  preVotes: 'granted',
  transfers: false,
  time: undefined,
};

const equalClocks: TimeScope = { steps: 1, stepMs: [10, 10, 10], leaseMs: 10, clockDriftPermille: 0 };

/** The first leader's clock is slow by ε, those of the acceptors fast: at the very bound that the lease is made for. */
const driftingClocks: TimeScope = { steps: 1, stepMs: [9, 11, 11], leaseMs: 11, clockDriftPermille: 100 };

const leases: Scope = {
  ...consensus,
  name: 'leases',
  model: 'leases',
  proposals: 0,
  slots: 1,
  time: equalClocks,
};

/** n1 leads already, so that bounds which would not suffice for two elections show what the second leader does about the first. */
const led: Scope = { ...consensus, name: 'second leader', start: 'led', rounds: 2 };

const ledLeases: Scope = { ...leases, name: 'leases', start: 'led', rounds: 2 };

/** What `npm test` explores: each of them to its end. */
export const quickScopes: readonly Scope[] = [
  ledLeases,
  { ...ledLeases, name: 'leases, drifting clocks', time: driftingClocks },
  {
    ...consensus,
    name: 'slow disk, crash, one proposer',
    proposers: 1,
    proposals: 0,
    slots: 1,
    disk: 'slow',
    crashes: 1,
  },
  { ...leases, name: 'first leases' },
  { ...ledLeases, name: 'leases, transfer', transfers: true },
  { ...consensus, name: 'slow disks', proposals: 0, slots: 1, disk: 'slow' },
  { ...consensus, name: 'crash', proposals: 0, slots: 1, crashes: 1 },
  consensus,
];

/** From small to large: a violation is found in the smallest one that shows it, with a short trace. */
export const standardScopes: readonly Scope[] = [
  ...quickScopes,
  { ...consensus, name: 'pre-votes', proposals: 0, slots: 1, preVotes: 'asked' },
  led,
  { ...ledLeases, name: 'leases, two steps', time: { ...equalClocks, steps: 2 } },
  { ...ledLeases, name: 'leases, crash', crashes: 1 },
  { ...led, name: 'third leader', rounds: 3 },
  { ...led, name: 'second leader, two values', proposals: 2, slots: 3 },
  { ...led, name: 'crash of a leader, slow disks', proposers: 1, disk: 'slow', crashes: 1 },
  { ...consensus, name: 'crash of a leader', proposers: 1, crashes: 1 },
  { ...consensus, name: 'one proposer, two rounds', proposers: 1, rounds: 2 },
  { ...led, name: 'second leader, crash', crashes: 1 },
  { ...led, name: 'second leader, slow disks', disk: 'slow' },
  { ...leases, name: 'first leases, crash', crashes: 1 },
  { ...consensus, name: 'slow disks, crash', proposals: 0, slots: 1, disk: 'slow', crashes: 1 },
  { ...consensus, name: 'two proposers, crash', crashes: 1 },
];

export const defaultScopes = { consensus, leases } as const;
