import type { ConfigOverrides } from '../../src/testing/simulation/config.ts';
import type { Mutant } from './mutant.ts';

const tight: ConfigOverrides = { tightLimits: true };

const manyWrites: ConfigOverrides = {
  ...tight,
  operations: [
    ['put', 2],
    ['counterAdd', 1],
  ],
  outstanding: 16,
  thinkMs: 30,
};

/** Breaks the bounds of what clients can make grow, and what is said about the history that had to go. */
export const limitMutants: readonly Mutant[] = [
  {
    name: 'commands-beyond-their-limit',
    meaning: 'a node keeps ten times as many commands waiting as it may',
    edits: [
      {
        file: 'src/replica/command-router.ts',
        find: 'count < pendingCommands',
        replace: 'count < 10 * pendingCommands',
      },
    ],
    foundBy: ['resources are bounded'],
    focus: { ...tight, outstanding: 16, thinkMs: 30 },
    withinSeeds: 20,
  },
  {
    name: 'watches-beyond-their-limit',
    meaning: 'a node keeps twice as many watches as it may',
    edits: [
      {
        file: 'src/replica/watch-hub.ts',
        find: '>= replicaLimits.watches',
        replace: '> 2 * replicaLimits.watches',
      },
    ],
    foundBy: ['resources are bounded'],
    focus: {
      ...tight,
      operations: [
        ['watch', 3],
        ['put', 2],
      ],
    },
    withinSeeds: 20,
  },
  {
    name: 'keep-alives-beyond-their-limit',
    meaning: 'a node remembers every keep-alive that it has passed to the leader and has no answer to',
    edits: [
      {
        file: 'src/replica/keep-alive-router.ts',
        find: 'size <= replicaLimits.relayedKeepAlives',
        replace: 'size > 0',
      },
    ],
    foundBy: ['resources are bounded'],
    focus: tight,
    withinSeeds: 20,
  },
  {
    name: 'history-never-compacted',
    meaning: 'the leader lets the history grow for ever',
    edits: [
      {
        file: 'src/replica/leader-desk.ts',
        find: 'if (serving) this.#compactIfDue();',
        replace: '',
      },
    ],
    foundBy: ['resources are bounded'],
    focus: manyWrites,
    withinSeeds: 20,
  },
  {
    name: 'answered-reads-still-count',
    meaning: 'a read that was answered keeps its place among those that wait',
    edits: [
      {
        file: 'src/replica/read-router.ts',
        find: '#answer(read: PendingRead): void {\n    this.#count -= 1;',
        replace: '#answer(read: PendingRead): void {',
      },
    ],
    foundBy: ['liveness: nothing is left behind'],
    withinSeeds: 20,
  },
  {
    name: 'compacted-read-names-a-wrong-floor',
    meaning: 'who reads what is gone is told that one more revision is gone than really is',
    edits: [
      {
        file: 'src/machine/read.ts',
        find: 'message, history.floor)',
        replace: 'message, (history.floor + 1) as Revision)',
      },
    ],
    foundBy: ['compaction comes from the log'],
    focus: {
      ...tight,
      operations: [
        ['put', 3],
        ['getPast', 3],
      ],
    },
    withinSeeds: 20,
  },
  {
    name: 'watch-silent-about-compaction',
    meaning: 'a watch from a revision that is gone goes on with the oldest one that is not, without a word',
    edits: [
      {
        file: 'src/replica/watch-hub.ts',
        find: 'if (watch.next >= oldest) return false;',
        replace: 'if (watch.next < oldest) watch.next = oldest;\n    if (watch.next >= oldest) return false;',
      },
    ],
    foundBy: ['watch is gap-free'],
    focus: {
      ...tight,
      operations: [
        ['put', 3],
        ['watchPast', 3],
      ],
    },
    withinSeeds: 20,
  },
];
