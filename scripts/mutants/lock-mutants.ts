import type { ConfigOverrides } from '../../src/testing/simulation/config.ts';
import { type Mutant, ownAssertion } from './mutant.ts';

const rivals: ConfigOverrides = {
  operations: [
    ['lock', 4],
    ['tryLock', 1],
    ['lockGet', 1],
  ],
  locks: 1,
  clients: 4,
  thinkMs: 30,
};

/** Holders and waiters whose sessions end. */
const dyingRivals: ConfigOverrides = {
  ...rivals,
  faults: [
    ['clientStop', 2],
    ['clientPartition', 2],
  ],
  faultIntervalMs: 300,
  sessionTtlMs: [300, 600],
};

const wrongHolder = [
  'state equals the model',
  'whole state equals the model',
  'results equal the model',
  'first come, first served',
  'the holder lives',
  'tokens rise for ever',
  'grants equal the model',
  'tokens equal the model',
  'read equals the model',
  'result equals the model',
  'mutual exclusion',
  'tokens rise',
] as const;

/** Breaks the locks in the state machine, and the news of them. */
export const lockMutants: readonly Mutant[] = [
  {
    name: 'newest-waiter-first',
    meaning: 'a lock that becomes free is granted to the one who asked last',
    edits: [
      {
        file: 'src/machine/lock.ts',
        find: 'const first = this.#waiters?.minKey();',
        replace: 'const first = this.#waiters?.maxKey();',
      },
    ],
    foundBy: wrongHolder,
    focus: rivals,
    withinSeeds: 20,
  },
  {
    name: 'token-used-again',
    meaning: 'a holder gets the revision of its asking for a token, which may be older than the last holder',
    edits: [
      {
        file: 'src/machine/locks.ts',
        find: "let token: number = mode === 'permit' ? askedRevision : revision;",
        replace: 'let token: number = askedRevision;',
      },
    ],
    foundBy: wrongHolder,
    focus: rivals,
    withinSeeds: 20,
  },
  {
    name: 'granted-to-the-dead',
    meaning: 'a session that ends keeps its places in queues, and is granted locks',
    edits: [
      {
        file: 'src/machine/locks.ts',
        find: [
          '    const granted = this.endAll([...this.ofSession(sessionId)], revision);',
          '    this.#index.forget(sessionId);',
          '',
        ].join('\n'),
        replace: [
          '    const held = [...this.ofSession(sessionId)].filter(({ token }) => token !== 0);',
          '    const granted = this.endAll(held, revision);',
          '',
        ].join('\n'),
      },
      {
        file: 'src/machine/lock-commands.ts',
        find: "assert(state.isLive(sessionId), 'the new holder of a lock has a live session');",
        replace: '',
      },
    ],
    foundBy: [...wrongHolder, 'liveness: everything called is answered', ownAssertion],
    focus: dyingRivals,
    withinSeeds: 20,
  },
  {
    name: 'locks-survive-their-session',
    meaning: 'a session that ends keeps its locks',
    edits: [
      {
        file: 'src/machine/session-commands.ts',
        find: 'const granted = state.locks.endSession(session.id, revision);',
        replace: 'const granted = revision < 0 ? state.locks.endSession(session.id, revision) : [];',
      },
    ],
    foundBy: [...wrongHolder, 'liveness: everything called is answered', ownAssertion],
    focus: dyingRivals,
    withinSeeds: 20,
  },
  {
    name: 'cancel-loses-the-grant',
    meaning: 'a cancel that meets the grant says that it has released the lock, and does not',
    edits: [
      {
        file: 'src/machine/lock-commands.ts',
        find: ['  const held = acquisition.token !== 0;', '  end(state, acquisition, consequences);'].join('\n'),
        replace: [
          '  const held = acquisition.token !== 0;',
          '  if (!held) end(state, acquisition, consequences);',
          '  else state.history.advance();',
        ].join('\n'),
      },
    ],
    foundBy: [...wrongHolder, 'liveness: everything called is answered', 'a lock that was given up is given up'],
    focus: rivals,
    withinSeeds: 60,
  },
  {
    name: 'grant-told-too-early',
    meaning: 'a waiter is told that it holds the lock while it waits',
    edits: [
      {
        file: 'src/machine/acquisition.ts',
        find: "return acquisition.token === 0 ? { state: 'queued' } : { state: 'held', token: acquisition.token };",
        replace: "return { state: 'held', token: acquisition.token || acquisition.askedRevision };",
      },
    ],
    foundBy: wrongHolder,
    focus: rivals,
    withinSeeds: 20,
  },
  {
    name: 'grant-not-told',
    meaning: 'the service does not tell a waiter that its turn has come',
    edits: [
      {
        file: 'src/replica/grant-desk.ts',
        find: 'this.#tell(this.#interests.get(sessionId)?.get(sequence));',
        replace: 'this.#interests.get(sessionId)?.get(sequence);',
      },
    ],
    foundBy: ['liveness: everything called is answered'],
    focus: { ...rivals, sdkRate: 0 },
    withinSeeds: 20,
  },
  {
    name: 'condition-on-a-lock-ignores-its-token',
    meaning: 'a transaction that demands a lock with a token is content with any holder',
    edits: [
      {
        file: 'src/machine/lock-read.ts',
        find: "first !== undefined && first.mode !== 'permit' && first.token === token;",
        replace: "first !== undefined && first.mode !== 'permit' && token > 0;",
      },
    ],
    foundBy: [
      'state equals the model',
      'whole state equals the model',
      'results equal the model',
      'result equals the model',
    ],
    focus: dyingRivals,
    withinSeeds: 60,
  },
  {
    name: 'token-of-an-earlier-hold',
    meaning: 'whenever a lock is granted to its program, the SDK tells the token of the first grant',
    edits: [
      {
        file: 'src/client/core/locks.ts',
        find: '  #onHeld(acquisition: Acquisition, token: number): void {',
        replace: [
          '  #firstToken;',
          '',
          '  #onHeld(acquisition: Acquisition, granted: number): void {',
          '    this.#firstToken ??= granted;',
          '    const token = this.#firstToken;',
        ].join('\n'),
      },
    ],
    foundBy: ['grants equal the model'],
    focus: { ...rivals, sdkRate: 1 },
    withinSeeds: 20,
  },
];
