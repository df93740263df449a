import { type Mutant, ownAssertion } from './mutant.ts';

const reportedHash =
  'export function reportHash(state: PaxosState, slot: Slot, hash: string, effects: PaxosEffect[]): void {';

/** Breaks "equal inputs, equal effects", on which everything that the simulator finds rests. */
export const determinismMutants: readonly Mutant[] = [
  {
    name: 'time-from-nowhere',
    meaning: 'the session clock looks at the time of day instead of the time that it is given',
    edits: [
      {
        file: 'src/replica/session-clock.ts',
        find: 'const gapMs = monotonicMs - this.#lastMs;',
        replace: 'const gapMs = Date.now() - this.#lastMs;',
      },
    ],
    foundBy: ['no assertion fails', 'the simulation itself does not fail'],
    withinSeeds: 20,
  },
  {
    name: 'randomness-from-nowhere',
    meaning: 'the SDK draws its delays from the randomness of the machine instead of its own seed',
    edits: [
      {
        file: 'src/client/core/backoff.ts',
        find: "import type { Random } from './random.ts';",
        replace: "import { randomInt } from 'node:crypto';\nimport type { Random } from './random.ts';",
      },
      {
        file: 'src/client/core/backoff.ts',
        find: 'return this.#random.between(fullMs / 2, fullMs);',
        replace: 'return (fullMs * (1_000 + randomInt(1_000))) / 2_000;',
      },
    ],
    foundBy: ['equal plans give equal runs'],
    focus: { sdkRate: 1 },
    withinSeeds: 60,
  },
  {
    name: 'running-hash-goes-wrong',
    meaning: 'the hash of the state keeps what a counter was before',
    edits: [
      {
        file: 'src/machine/counters.ts',
        find: '      this.#hash.remove(record);',
        replace: '',
      },
    ],
    foundBy: ['a state is sound', 'what was written whole can be used'],
    focus: { operations: [['counterAdd', 1]] },
    withinSeeds: 20,
  },
  {
    name: 'one-node-hashes-otherwise',
    meaning: 'one node reports another hash of its state than the others',
    edits: [
      {
        file: 'src/paxos/state-hash.ts',
        find: reportedHash,
        replace: `${reportedHash}\n  if (state.options.nodeId === 'n1') hash = 'x';`,
      },
    ],
    // It halts with STATE_DIVERGED, as it should; while one of the others is away there is no majority to contradict it.
    foundBy: [ownAssertion, 'no node raises an alarm'],
    withinSeeds: 20,
  },
  {
    name: 'every-node-hashes-otherwise',
    meaning: 'each node reports a hash of its state that no other has',
    edits: [
      {
        file: 'src/paxos/state-hash.ts',
        find: reportedHash,
        replace: `${reportedHash}\n  hash = state.options.nodeId;`,
      },
    ],
    foundBy: ['no node raises an alarm'],
    withinSeeds: 20,
  },
];
