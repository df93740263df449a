import type { ConfigOverrides } from '../../src/testing/simulation/config.ts';
import type { Mutant } from './mutant.ts';

const readersAndWriters: ConfigOverrides = {
  operations: [
    ['sharedLock', 3],
    ['severalLocks', 1],
  ],
  locks: 1,
  clients: 4,
  thinkMs: 30,
};

const permitHolders: ConfigOverrides = { ...readersAndWriters, operations: [['permit', 1]] };

const severalAtOnce: ConfigOverrides = {
  ...readersAndWriters,
  operations: [
    ['severalLocks', 3],
    ['lock', 1],
  ],
  locks: 2,
};

const dyingHolders: ConfigOverrides = {
  ...readersAndWriters,
  operations: [['delayedLock', 1]],
  faults: [
    ['clientStop', 2],
    ['clientPartition', 2],
  ],
  faultIntervalMs: 300,
  sessionTtlMs: [300, 600],
};

const operators: ConfigOverrides = {
  ...readersAndWriters,
  operations: [
    ['lock', 4],
    ['lockForceRelease', 2],
  ],
};

const wrongState = ['state equals the model', 'whole state equals the model', 'results equal the model'] as const;

/** Breaks shared locks, permits, several locks at once, lock-delays, and an operator's hand on them. */
export const lockModeMutants: readonly Mutant[] = [
  {
    name: 'readers-overtake-a-writer',
    meaning: 'a reader joins others although a writer waits for them to end',
    edits: [
      {
        file: 'src/machine/locks.ts',
        find: 'return lock === undefined || (lock.waiterCount === 0 && lock.admits(request));',
        replace: 'return lock === undefined || lock.admits(request);',
      },
    ],
    foundBy: wrongState,
    focus: readersAndWriters,
    withinSeeds: 20,
  },
  {
    name: 'reader-renews-the-period',
    meaning: 'a reader who joins a period gets a token of its own, larger than that of the period',
    edits: [
      {
        file: 'src/machine/locks.ts',
        find: "if (mode === 'shared') token = first.token;",
        replace: '',
      },
    ],
    foundBy: [...wrongState, 'who holds a lock together may do so'],
    focus: readersAndWriters,
    withinSeeds: 20,
  },
  {
    name: 'one-permit-too-many',
    meaning: 'one permit more is given out than may be held',
    edits: [
      {
        file: 'src/machine/lock.ts',
        find: 'this.holders.count < permits;',
        replace: 'this.holders.count <= permits;',
      },
    ],
    foundBy: [...wrongState, 'no more holders than permits'],
    focus: permitHolders,
    withinSeeds: 20,
  },
  {
    name: 'several-locks-overtake',
    meaning:
      'a request for several locks is granted when all are free, though others have waited longer for one of them',
    edits: [
      {
        file: 'src/machine/lock.ts',
        find: 'return lock !== undefined && lock.firstWaiter === waiting && lock.admits(waiting);',
        replace: 'return lock !== undefined && lock.admits(waiting);',
      },
    ],
    foundBy: [...wrongState, 'the state knows its size'],
    focus: severalAtOnce,
    withinSeeds: 20,
  },
  {
    name: 'no-delay-after-an-expiry',
    meaning: 'a lock-delay is forgotten when the session of the holder expires',
    edits: [
      {
        file: 'src/machine/locks.ts',
        find: 'if (token === 0 || delayMs === 0) continue;',
        replace: 'if (token >= 0) continue;',
      },
    ],
    foundBy: wrongState,
    focus: dyingHolders,
    withinSeeds: 20,
  },
  {
    name: 'delay-forgotten-by-a-new-leader',
    meaning: 'a new leader does not know of the delays that began under the one before it, and never ends them',
    edits: [
      {
        file: 'src/replica/leader-desk.ts',
        find: 'this.#lockDelays.restart(machine.lockDelays(), clockDriftPermille, this.#nowMs);',
        replace: 'this.#lockDelays.restart([], clockDriftPermille, this.#nowMs);',
      },
    ],
    foundBy: ['liveness: everything called is answered'],
    focus: { ...dyingHolders, minority: 'dead' },
    withinSeeds: 60,
  },
  {
    name: 'forced-release-serves-nobody',
    meaning: 'an operator takes a lock away, and the next in the queue is not told',
    edits: [
      {
        file: 'src/machine/lock-commands.ts',
        find: [
          '  for (const { sessionId, sequence } of holders) consequences.revoked.push({ sessionId, sequence });',
          '  reportGrants(state, granted, consequences);',
        ].join('\n'),
        replace: '  for (const { sessionId, sequence } of holders) consequences.revoked.push({ sessionId, sequence });',
      },
    ],
    foundBy: ['liveness: everything called is answered'],
    focus: { ...operators, sdkRate: 0 },
    withinSeeds: 60,
  },
];
