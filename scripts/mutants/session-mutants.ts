import type { ConfigOverrides } from '../../src/testing/simulation/config.ts';
import { type Mutant, ownAssertion } from './mutant.ts';

const early = [
  'no session expires early',
  'the client knows first',
  'every leader gives a whole TTL',
  'only the last leader expires',
] as const;

/** Clients that cannot be heard around the end of their sessions, and leaders that change. */
const silentClients: ConfigOverrides = {
  faults: [
    ['clientPartition', 3],
    ['clientPause', 1],
  ],
  faultIntervalMs: 300,
};

const leaderChanges: ConfigOverrides = {
  faults: [
    ['isolateLeader', 2],
    ['transfer', 1],
    ['clientPartition', 1],
    ['staleLeader', 1],
  ],
  faultIntervalMs: 300,
  sessionTtlMs: [300, 1_500],
};

/** Breaks the life of sessions, as the service sees it. */
export const sessionMutants: readonly Mutant[] = [
  {
    name: 'sessions-expire-early',
    meaning: 'the leader counts half of a TTL',
    edits: [
      {
        file: 'src/replica/session-clock.ts',
        find: 'const spanMs = Math.ceil((session.ttlMs * (',
        replace: 'const spanMs = Math.ceil(((session.ttlMs / 2) * (',
      },
    ],
    foundBy: early,
    withinSeeds: 20,
  },
  {
    name: 'expiry-ignores-drift',
    meaning: 'the leader counts a TTL as if all clocks had one rate',
    edits: [
      {
        file: 'src/replica/session-clock.ts',
        find: 'const spanMs = Math.ceil((session.ttlMs * (1000 + this.#driftPermille)) / (1000 - this.#driftPermille));',
        replace: 'const spanMs = session.ttlMs;',
      },
    ],
    foundBy: early,
    focus: { ...silentClients, clockDriftPermille: 100, realDriftPermille: 100 },
    withinSeeds: 20,
  },
  {
    name: 'new-leader-gives-no-full-ttl',
    meaning: 'a new leader goes on with the deadlines that it has counted as a follower, without keep-alives',
    edits: [
      {
        file: 'src/replica/leader-desk.ts',
        find: 'if (this.#serving) for (const session of [...opened, ...resumed]) sessionClock.opened(session);',
        replace: 'for (const session of [...opened, ...resumed]) sessionClock.opened(session);',
      },
      {
        file: 'src/replica/leader-desk.ts',
        find: 'sessionClock.restart(machine.sessions(), clockDriftPermille);',
        replace: '',
      },
      { file: 'src/replica/leader-desk.ts', find: 'sessionClock.stop();', replace: '' },
    ],
    foundBy: early,
    focus: leaderChanges,
    withinSeeds: 20,
  },
  {
    name: 'keep-alive-acknowledged-by-deposed-leader',
    meaning: 'a leader acknowledges keep-alives without knowing that it still leads',
    edits: [
      {
        file: 'src/replica/leader-desk.ts',
        find: 'return this.#serving && this.#gate.submit(check, effects);',
        replace: [
          "if (check.kind !== 'keepAlives' && check.kind !== 'relayedKeepAlive') {",
          '  return this.#serving && this.#gate.submit(check, effects);',
          '}',
          'if (this.#serving) this.#onLeadershipConfirmed(check);',
          'return this.#serving;',
        ].join('\n'),
      },
    ],
    foundBy: early,
    focus: {
      // A leader that hands over and does not hear that it was taken at its word.
      nodes: 3,
      clients: 4,
      faults: [
        ['oneWay', 3],
        ['transfer', 4],
      ],
      operations: [['put', 1]],
      faultIntervalMs: 100,
      faultDurationMs: 500,
      sessionTtlMs: [300, 600],
    },
    withinSeeds: 60,
  },
  {
    name: 'keep-alive-answered-by-follower',
    meaning: 'a follower answers keep-alives from what it has applied, without asking the leader',
    edits: [
      {
        file: 'src/replica/keep-alive-router.ts',
        find: "if (target.kind === 'none') return;",
        replace: [
          "if (target.kind !== 'self') {",
          '  const sessions = asked.flatMap((one) => one.sessions.map(({ sessionId }) => sessionId));',
          '  this.answer(asked, new Set(sessions), new Set());',
          '  return;',
          '}',
        ].join('\n'),
      },
    ],
    foundBy: early,
    withinSeeds: 20,
  },
  {
    name: 'expiry-without-a-chosen-command',
    meaning: 'the leader ends a session in its own state, without a command that is chosen',
    edits: [
      {
        file: 'src/replica/leader-desk.ts',
        find: 'if (!queue.offer([encodeExpire(sessionId, generation, paxos.ballot)])) sessionClock.notProposed(sessionId);',
        replace: 'machine.expireNow(sessionId, generation);',
      },
      {
        file: 'src/replica/leader-desk.ts',
        find: 'const { paxos, queue, sessionClock } = this.#parts;',
        replace: 'const { machine, sessionClock } = this.#parts;',
      },
      {
        file: 'src/machine/machine.ts',
        find: '  get sessionCount(): number {',
        replace: [
          '  expireNow(sessionId, generation) {',
          "    const body = { kind: 'expireSession', sessionId, generation, ballot: this.openBallot };",
          '    const [opened, resumed, ended, grants, revoked, delaysBegun, delaysEnded] = [[], [], [], [], [], [], []];',
          '    const consequences = { opened, resumed, ended, grants, revoked, delaysBegun, delaysEnded };',
          '    executeInternal(this.#state, body, consequences);',
          '    recordObjectChanges(this.#state);',
          '  }',
          '',
          '  get sessionCount(): number {',
        ].join('\n'),
      },
    ],
    foundBy: [
      'state equals the model',
      'states are equal',
      'whole state equals the model',
      'read equals the model',
      ...early,
    ],
    withinSeeds: 20,
  },
  {
    name: 'expiry-by-an-earlier-leader',
    meaning: 'an expiry that an earlier leader proposed takes effect after a new one has begun',
    edits: [
      {
        file: 'src/machine/commands.ts',
        find: 'if (compareBallots(body.ballot, state.openBallot) !== 0) return;',
        replace: '',
      },
    ],
    foundBy: ['state equals the model', ...early],
    focus: { ...leaderChanges, sessionTtlMs: [300, 600], diskJitterUs: 20_000, linkJitterUs: 10_000 },
    withinSeeds: 200,
  },
  {
    name: 'ephemeral-keys-survive',
    meaning: 'the keys that a session owns stay when it ends',
    edits: [
      {
        file: 'src/machine/session-commands.ts',
        find: '.ownedKeys(session.id)',
        replace: '.ownedKeys(noSession)',
      },
    ],
    foundBy: [
      'read equals the model',
      'result equals the model',
      'state equals the model',
      'whole state equals the model',
      'watch events equal the log',
      'watch is gap-free',
      'liveness: watches reach the end',
      'liveness: no watch goes silent',
      'a state is sound',
      ownAssertion,
    ],
    focus: {
      ...silentClients,
      operations: [
        ['ephemeralPut', 2],
        ['get', 2],
        ['range', 2],
        ['watch', 1],
      ],
      sessionTtlMs: [300, 600],
    },
    withinSeeds: 20,
  },
  {
    name: 'queue-survives-its-leader',
    meaning: 'what a node had queued as a leader is still proposed when it leads again, after others have led',
    edits: [
      {
        file: 'src/replica/replica.ts',
        find: '      this.#queue.clear();\n',
        replace: '',
      },
    ],
    foundBy: ['leaders speak for themselves'],
    focus: {
      faults: [
        ['transfer', 3],
        ['isolateLeader', 1],
      ],
      faultIntervalMs: 300,
      sessionTtlMs: [300, 600],
    },
    withinSeeds: 20,
  },
];
