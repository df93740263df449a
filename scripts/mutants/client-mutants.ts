import type { ConfigOverrides } from '../../src/testing/simulation/config.ts';
import type { Mutant } from './mutant.ts';

const sdkOnly: ConfigOverrides = { sdkRate: 1 };

/** Clients that are not awake when the answer comes, and cannot be heard afterwards. */
const lateClients: ConfigOverrides = {
  ...sdkOnly,
  faults: [
    ['clientPause', 2],
    ['clientPartition', 2],
  ],
  faultIntervalMs: 150,
  faultDurationMs: 500,
  clockDriftPermille: 0,
  realDriftPermille: 0,
  sessionTtlMs: [300, 600],
};

const lostAnswers: ConfigOverrides = {
  ...sdkOnly,
  faults: [
    ['clientReset', 3],
    ['clientPartition', 2],
    ['isolateLeader', 1],
  ],
  faultIntervalMs: 300,
  operations: [
    ['put', 2],
    ['counterAdd', 2],
    ['get', 1],
  ],
  outstanding: 16,
  thinkMs: 30,
};

const lockers: ConfigOverrides = {
  ...lateClients,
  operations: [['lock', 1]],
  locks: 1,
  clients: 4,
  thinkMs: 30,
};

const watchers: ConfigOverrides = {
  ...sdkOnly,
  faults: [['clientReset', 1]],
  faultIntervalMs: 300,
  operations: [
    ['put', 4],
    ['watch', 1],
    ['watchPast', 1],
  ],
};

/** Breaks the SDK. */
export const clientMutants: readonly Mutant[] = [
  {
    name: 'client-counts-keep-alive-from-receipt',
    meaning: 'the SDK counts the TTL from the receipt of an answer instead of from the sending of its keep-alive',
    edits: [
      {
        file: 'src/client/core/session-lease.ts',
        find: 'onAlive(id: number): boolean {',
        replace: 'onAlive(id: number, nowMs: number): boolean {',
      },
      {
        file: 'src/client/core/session-lease.ts',
        find: 'this.#confirmedMs = sentMs;\n    return true;',
        replace: 'this.#confirmedMs = nowMs;\n    return true;',
      },
      {
        file: 'src/client/core/session.ts',
        find: 'if (this.#lease?.onAlive(id) === true) {',
        replace: 'if (this.#lease?.onAlive(id, this.#context.nowMs) === true) {',
      },
    ],
    foundBy: ['the client knows first', 'mutual exclusion'],
    focus: {
      ...lateClients,
      // Both faults have to hit the same one.
      clients: 2,
      faultIntervalMs: 100,
      faultDurationMs: 300,
      sessionTtlMs: [500, 700],
    },
    withinSeeds: 60,
  },
  {
    name: 'client-counts-opening-from-receipt',
    meaning: 'the SDK counts the first TTL from the receipt of the answer that the session is open',
    edits: [
      {
        file: 'src/client/core/session.ts',
        find: 'new SessionLease(body.ttlMs, start.sentMs);',
        replace: 'new SessionLease(body.ttlMs, this.#context.nowMs);',
      },
    ],
    foundBy: ['the client knows first', 'mutual exclusion'],
    focus: lateClients,
    withinSeeds: 60,
  },
  {
    name: 'client-forgets-that-it-slept',
    meaning: 'the SDK counts the life of its session by a clock that stands still while the machine is suspended',
    edits: [
      {
        file: 'src/client/core/clock.ts',
        find: 'if (aheadMs > this.#suspendedMs) this.#suspendedMs = aheadMs;',
        replace: '',
      },
    ],
    foundBy: ['the client knows first', 'mutual exclusion'],
    focus: {
      ...sdkOnly,
      faults: [
        ['clientSuspend', 3],
        ['clientPartition', 1],
      ],
      faultIntervalMs: 300,
    },
    withinSeeds: 20,
  },
  {
    name: 'client-trusts-in-jeopardy',
    meaning: 'the SDK gives a session up only when the service says so',
    edits: [
      {
        file: 'src/client/core/session.ts',
        find: "if (nowMs >= lease.deadlineMs) this.markEnded('no keep-alive was answered in time');\n    else if",
        replace: 'if',
      },
      {
        file: 'src/client/core/session.ts',
        find: 'return Math.max(0, this.#lease.deadlineMs - this.#context.nowMs);',
        replace: 'return 60_000;',
      },
    ],
    foundBy: ['the client knows first', 'mutual exclusion'],
    focus: lateClients,
    withinSeeds: 20,
  },
  {
    name: 'client-keeps-a-lock-without-session',
    meaning: 'the SDK says that a lock is held although its session is over',
    edits: [
      {
        file: 'src/client/core/locks.ts',
        find: "const held = acquisition?.phase === 'held' && acquisition.session.isAlive;",
        replace: "const held = acquisition?.phase === 'held';",
      },
      {
        file: 'src/client/core/locks.ts',
        find: "if (acquisition.session !== session || phase === 'releasing') continue;",
        replace: "if (acquisition.session !== session || phase === 'releasing' || phase === 'held') continue;",
      },
    ],
    foundBy: ['mutual exclusion', 'tokens rise'],
    focus: lockers,
    withinSeeds: 20,
  },
  {
    name: 'client-never-asks-for-its-grant',
    meaning: 'the SDK relies on the news that its turn has come, and does not ask when it may have missed it',
    edits: [
      {
        file: 'src/client/core/lock-places.ts',
        find: 'for (const acquisition of this.#toAsk) {',
        replace: 'this.#toAsk.clear();\n    for (const acquisition of this.#toAsk) {',
      },
    ],
    foundBy: ['liveness: everything called is answered'],
    focus: { ...lockers, faults: [['clientReset', 1]], sessionTtlMs: [1_000, 3_000] },
    withinSeeds: 20,
  },
  {
    name: 'client-claims-no-effect',
    meaning: 'the SDK says of a command that was sent before the stream broke that it has had no effect',
    edits: [
      {
        file: 'src/client/core/command.ts',
        find: "return this.state === 'waiting' || this.uncertain ? 'unknown' : 'not-applied';",
        replace: "return this.state === 'waiting' ? 'unknown' : 'not-applied';",
      },
    ],
    foundBy: ['honest failure', 'a lock that was given up is given up'],
    focus: {
      ...lostAnswers,
      faults: [
        ['isolateLeader', 3],
        ['clientReset', 3],
        ['halves', 1],
      ],
      faultDurationMs: 1_500,
      clients: 4,
    },
    withinSeeds: 60,
  },
  {
    name: 'client-resends-under-a-new-session',
    meaning: 'what was unanswered when the session ended is sent again in the next one',
    edits: [
      {
        file: 'src/client/core/command-pipeline.ts',
        find: '  /** The session is over: nothing is carried over to another. */',
        replace: [
          '  takeUnanswered() {',
          "    const unanswered = [...this.#inFlight.values()].filter(({ state }) => state !== 'over');",
          '    for (const command of unanswered) {',
          '      this.#context.forget(command.requestId);',
          "      Object.assign(command, { state: 'queued', requestId: 0, sequence: 0, sentMs: undefined });",
          '    }',
          '    this.#inFlight.clear();',
          '    this.#dueCount = 0;',
          '    return unanswered;',
          '  }',
          '',
          '  /** The session is over: nothing is carried over to another. */',
        ].join('\n'),
      },
      {
        file: 'src/client/core/sessions.ts',
        find: 'session.pipeline.endAll(why.code, why.message);',
        replace: [
          'const unanswered = session.pipeline.takeUnanswered();',
          'session.pipeline.endAll(why.code, why.message);',
          'for (const command of unanswered) this.forCommands().pipeline.enqueue(command);',
        ].join('\n'),
      },
    ],
    foundBy: ['acknowledged is durable', 'result equals the model', 'commands are sent in the order of calls'],
    focus: { ...lostAnswers, sessionTtlMs: [300, 600] },
    withinSeeds: 60,
  },
  {
    name: 'client-numbers-newest-first',
    meaning: 'of the commands that wait to be sent, the SDK numbers the one that was called last first',
    edits: [
      {
        file: 'src/client/core/command-pipeline.ts',
        find: 'for (const command of this.#queue) {',
        replace: 'for (const command of [...this.#queue].reverse()) {',
      },
    ],
    foundBy: ['commands are sent in the order of calls'],
    focus: lostAnswers,
    withinSeeds: 60,
  },
  {
    name: 'client-watch-resumes-too-late',
    meaning: 'the SDK resumes a watch one revision after the one that it should',
    edits: [
      {
        file: 'src/client/core/watches.ts',
        find: 'watch.next = (revision + 1) as Revision;\n      watch.bufferedEvents',
        replace: 'watch.next = (revision + 2) as Revision;\n      watch.bufferedEvents',
      },
    ],
    foundBy: ['watch is gap-free', 'liveness: watches reach the end', 'liveness: no watch goes silent'],
    focus: watchers,
    withinSeeds: 20,
  },
  {
    name: 'client-watch-resumes-too-early',
    meaning: 'the SDK resumes a watch at the last revision that it has delivered, and delivers it again',
    edits: [
      {
        file: 'src/client/core/watches.ts',
        find: 'watch.next = (revision + 1) as Revision;\n      watch.bufferedEvents',
        replace: 'watch.next = revision as Revision;\n      watch.bufferedEvents',
      },
    ],
    foundBy: ['watch is ordered and unique'],
    focus: watchers,
    withinSeeds: 20,
  },
  {
    name: 'client-watch-not-resumed',
    meaning: 'the SDK does not create its watches on a new stream',
    edits: [
      {
        file: 'src/client/core/watches.ts',
        find: "if (watch.phase === 'asked') this.#makeDue(watch);",
        replace: '',
      },
    ],
    foundBy: ['liveness: watches reach the end', 'liveness: no watch goes silent'],
    focus: watchers,
    withinSeeds: 20,
  },
];
