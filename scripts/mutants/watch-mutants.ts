import type { ConfigOverrides } from '../../src/testing/simulation/config.ts';
import type { Mutant } from './mutant.ts';

/** Watches that are resumed on other nodes, on revisions that change several keys, and on slots with several revisions. */
const watchers: ConfigOverrides = {
  faults: [
    ['clientReset', 3],
    ['crash', 1],
  ],
  operations: [
    ['put', 3],
    ['delete', 2],
    ['compareAndSwap', 3],
    ['ephemeralPut', 2],
    ['watch', 1],
    ['watchPast', 2],
    ['watchCancel', 1],
  ],
  faultIntervalMs: 300,
  outstanding: 16,
  thinkMs: 30,
};

/** Breaks watches, on the side of the service. */
export const watchMutants: readonly Mutant[] = [
  {
    name: 'watch-skips-on-resume',
    meaning: 'a watch that goes on from the past misses the first revision that it asked for',
    edits: [
      {
        file: 'src/replica/watch-hub.ts',
        find: 'this.#lagging.add(watch);\n      this.#catchUp(watch);',
        replace:
          'this.#lagging.add(watch);\n      if (watch.next <= this.#dispatched) watch.next += 1;\n      this.#catchUp(watch);',
      },
    ],
    foundBy: ['watch is gap-free', 'liveness: watches reach the end', 'liveness: no watch goes silent'],
    focus: watchers,
    withinSeeds: 20,
  },
  {
    name: 'watch-tells-again-on-resume',
    meaning: 'a watch that goes on from the past begins one revision before the one that it asked for',
    edits: [
      {
        file: 'src/replica/watch-hub.ts',
        find: 'for (const batch of this.#machine.events((watch.next - 1) as Revision)) {',
        replace:
          'for (const batch of this.#machine.events(Math.max(this.#machine.compactedRevision, watch.next - 2))) {',
      },
    ],
    foundBy: ['watch is ordered and unique'],
    focus: { ...watchers, sdkRate: 0 },
    withinSeeds: 20,
  },
  {
    name: 'watch-out-of-order',
    meaning: 'of the revisions of one slot a watch is told the last one first',
    edits: [
      {
        file: 'src/replica/watch-hub.ts',
        find: 'for (const batch of this.#machine.events(this.#dispatched)) this.#dispatch(batch);',
        replace: 'for (const batch of [...this.#machine.events(this.#dispatched)].reverse()) this.#dispatch(batch);',
      },
    ],
    foundBy: ['watch is ordered and unique', 'watch is gap-free'],
    focus: watchers,
    withinSeeds: 20,
  },
  {
    name: 'watch-progress-too-early',
    meaning: 'a progress mark names the revision after the last one that was told',
    edits: [
      {
        file: 'src/replica/watch-hub.ts',
        find: "encodeNoticeBody({ kind: 'progress', revision: this.#dispatched });",
        replace: "encodeNoticeBody({ kind: 'progress', revision: this.#dispatched + 1 });",
      },
    ],
    foundBy: [
      'watch is gap-free',
      'watch is ordered and unique',
      'watch shows the log',
      'watch from now starts after what was seen',
      'no client goes back in time',
      'liveness: watches reach the end',
      'liveness: no watch goes silent',
    ],
    focus: watchers,
    withinSeeds: 20,
  },
  {
    name: 'watch-splits-a-revision',
    meaning: 'a revision that changes several keys is delivered in several parts, each as if it were whole',
    edits: [
      {
        file: 'src/replica/notice-parts.ts',
        find: [
          'if (bytes >= noticeTargetBytes) {',
          "      yield { body: encodeNoticeBody({ kind: 'batch', revision, events: part, partial: true }), nextEvent: at };",
        ].join('\n'),
        replace: [
          'if (part.length > 0) {',
          "      yield { body: encodeNoticeBody({ kind: 'batch', revision, events: part, partial: false }), nextEvent: at };",
        ].join('\n'),
      },
    ],
    foundBy: ['watch events equal the log', 'watch is ordered and unique'],
    focus: watchers,
    withinSeeds: 20,
  },
  {
    name: 'watch-starts-before-what-was-seen',
    meaning: 'a watch from now on starts at what the node has applied, not at what its client has seen',
    edits: [
      {
        file: 'src/replica/watch-hub.ts',
        find: 'const now = Math.max(this.#machine.revision, request.seenRevision, connection.seenRevision);',
        replace: 'const now = this.#machine.revision;',
      },
    ],
    foundBy: ['watch from now starts after what was seen'],
    focus: {
      operations: [
        ['put', 3],
        ['watch', 3],
        ['watchCancel', 20],
      ],
      faults: [
        ['clientReset', 3],
        ['isolateOne', 1],
      ],
      faultIntervalMs: 300,
      linkJitterUs: 10_000,
      outstanding: 16,
      keys: 2,
    },
    withinSeeds: 60,
  },
  {
    name: 'watch-skips-when-slow',
    meaning: 'a watch whose client does not read for a while loses the revision that did not fit',
    edits: [
      {
        file: 'src/replica/watch-hub.ts',
        find: 'this.#lag(watch, batch.revision, fromEvent);',
        replace: 'this.#lag(watch, (batch.revision + 1) as Revision, 0);',
      },
    ],
    foundBy: ['watch is gap-free', 'liveness: watches reach the end', 'liveness: no watch goes silent'],
    focus: {
      ...watchers,
      faults: [
        ['clientPause', 2],
        ['clientPartition', 2],
      ],
      operations: [
        ['put', 6],
        ['watch', 1],
      ],
      faultDurationMs: 3_000,
      longValueBytes: 100_000,
    },
    withinSeeds: 60,
  },
];
