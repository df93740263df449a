import type { ConfigOverrides } from '../../src/testing/simulation/config.ts';
import type { Mutant } from './mutant.ts';

/** Watches on what is no key, and on some events of keys, which are resumed on other nodes. */
const watchers: ConfigOverrides = {
  faults: [
    ['clientReset', 3],
    ['clientPause', 1],
  ],
  operations: [
    ['lock', 4],
    ['tryLock', 2],
    ['counterAdd', 2],
    ['put', 2],
    ['delete', 2],
    ['closeSession', 1],
    ['watchLocks', 2],
    ['watchCounters', 1],
    ['watchSessions', 1],
    ['watchFiltered', 2],
    ['watchCancel', 2],
  ],
  faultIntervalMs: 300,
  outstanding: 16,
  thinkMs: 30,
};

/** Breaks watches on locks, counters and sessions, those that leave something out, and what programs are told of progress. */
export const objectWatchMutants: readonly Mutant[] = [
  {
    name: 'lock-events-lost-with-a-session',
    meaning: 'what the end of a session does to its locks is no event of them',
    edits: [
      {
        file: 'src/machine/object-changes.ts',
        find: 'for (const name of locks.changed.take()) objects.record(',
        replace: 'for (const name of locks.changed.take()) if (!sessions.haveChanged) objects.record(',
      },
    ],
    foundBy: [
      'whole state equals the model',
      'watch is gap-free',
      'liveness: watches reach the end',
      'liveness: no watch goes silent',
    ],
    focus: watchers,
    withinSeeds: 10,
  },
  {
    name: 'counter-event-names-another-value-before',
    meaning: 'the event of a counter says that it was what it is',
    edits: [
      {
        file: 'src/machine/counters.ts',
        find: 'if (!this.#changed.has(name)) this.#changed.set(name, before);',
        replace: 'this.#changed.set(name, value - 1n);',
      },
    ],
    foundBy: ['whole state equals the model', 'watch events equal the log', 'watch is gap-free'],
    focus: watchers,
    withinSeeds: 10,
  },
  {
    name: 'filtered-watch-skips-on-resume',
    meaning: 'a watch on puts or deletions alone goes on from now, not from where it was',
    edits: [
      {
        file: 'src/replica/watch-hub.ts',
        find: 'if (watch.next <= this.#dispatched) {',
        replace: [
          "if (watch.selection.target.events !== 'all') watch.next = Math.max(watch.next, this.#dispatched + 1);",
          'if (watch.next <= this.#dispatched) {',
        ].join('\n'),
      },
    ],
    foundBy: ['watch is gap-free', 'liveness: watches reach the end', 'liveness: no watch goes silent'],
    focus: watchers,
    withinSeeds: 10,
  },
  {
    name: 'watch-values-left-in',
    meaning: 'a watch on keys only is told the values of what was before',
    edits: [
      {
        file: 'src/replica/notice-parts.ts',
        find: 'entryOf(event.previous, target.keysOnly)',
        replace: 'entryOf(event.previous, false)',
      },
    ],
    foundBy: ['watch events equal the log'],
    focus: watchers,
    withinSeeds: 10,
  },
  {
    name: 'watch-progress-before-its-batch',
    meaning: 'in a turn in which something is applied, watches are told of progress before they are told what it was',
    edits: [
      { file: 'src/replica/replica.ts', find: '      this.watches.onApplied();\n', replace: '' },
      {
        file: 'src/replica/watch-hub.ts',
        find: '    let visits = Math.min(',
        replace: '    this.onApplied();\n    let visits = Math.min(',
      },
      {
        file: 'src/replica/watch-hub.ts',
        find: "encodeNoticeBody({ kind: 'progress', revision: this.#dispatched });",
        replace: "encodeNoticeBody({ kind: 'progress', revision: this.#machine.revision });",
      },
    ],
    foundBy: [
      'watch is gap-free',
      'watch is ordered and unique',
      'liveness: watches reach the end',
      'liveness: no watch goes silent',
    ],
    focus: { ...watchers, turnUs: 1_000, tightLimits: false },
    withinSeeds: 20,
  },
  {
    name: 'client-watch-goes-silent',
    meaning: 'the SDK does not ask whether anybody is there while it only waits for events',
    edits: [
      {
        file: 'src/client/core/stream.ts',
        find: 'return listening ? this.heardMs + timing.idleProbeMs : Number.POSITIVE_INFINITY;',
        replace: 'return Number.POSITIVE_INFINITY;',
      },
    ],
    foundBy: ['liveness: no watch goes silent'],
    // Whoever has a session hears of a dead stream by its keep-alives: most have none.
    focus: {
      sdkRate: 1,
      clients: 4,
      faults: [['clientHalfOpen', 1]],
      operations: [
        ['put', 1],
        ['watchSessions', 20],
        ['watch', 20],
      ],
      thinkMs: 200,
      faultIntervalMs: 300,
    },
    withinSeeds: 20,
  },
];
