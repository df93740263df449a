import type { ConfigOverrides } from '../../src/testing/simulation/config.ts';
import { type Mutant, ownAssertion } from './mutant.ts';

const wrongState = [
  'results equal the model',
  'state equals the model',
  'whole state equals the model',
  'first come, first served',
] as const;

/** Programs that end, are started again and take over from each other, also from those that live. */
const successors: ConfigOverrides = {
  clients: 4,
  faults: [
    ['clientTakenOver', 2],
    ['clientStop', 1],
  ],
  faultIntervalMs: 300,
  operations: [
    ['lock', 4],
    ['put', 2],
    ['counterAdd', 1],
    ['sessionGet', 1],
  ],
  locks: 1,
  thinkMs: 30,
  sessionTtlMs: [1_000, 3_000],
};

/** Breaks what it means that a program takes over the session of its former run. */
export const resumeMutants: readonly Mutant[] = [
  {
    name: 'older-generation-kept-alive',
    meaning: 'keep-alives of a generation that was taken over from are acknowledged',
    edits: [
      {
        file: 'src/replica/leader-desk.ts',
        find: 'if (machine.session(sessionId)?.generation !== generation) ended.push(sessionId);',
        replace: 'if (machine.session(sessionId) === undefined) ended.push(sessionId);',
      },
      {
        file: 'src/replica/session-clock.ts',
        find: 'if (deadline === undefined || deadline.expiring || deadline.generation !== generation) return false;',
        replace: 'if (deadline === undefined || deadline.expiring) return false;',
      },
    ],
    foundBy: ['nothing keeps alive what has ended'],
    focus: successors,
    withinSeeds: 20,
  },
  {
    name: 'older-generation-commands-taken',
    meaning: 'commands of a generation that was taken over from still take effect',
    edits: [
      {
        file: 'src/machine/machine.ts',
        find: 'return session?.generation === generation ? session : undefined;',
        replace: 'return generation > 0 ? session : undefined;',
      },
    ],
    foundBy: [...wrongState, 'a repetition has the first answer', ownAssertion],
    focus: successors,
    withinSeeds: 20,
  },
  {
    name: 'resumption-keeps-places-in-queues',
    meaning: 'what the former program has waited for is granted to a session in which nobody waits for it',
    edits: [
      {
        file: 'src/machine/session-commands.ts',
        find: 'const granted = state.locks.withdraw(session.id, state.history.advance());',
        replace: 'const granted = state.history.advance() > 0 ? [] : [];',
      },
    ],
    foundBy: [...wrongState, 'liveness: everything called is answered'],
    focus: successors,
    withinSeeds: 20,
  },
  {
    name: 'resumption-gives-locks-away',
    meaning: 'a resumption ends the locks that are held, too',
    edits: [
      {
        file: 'src/machine/locks.ts',
        find: 'const waiting = [...this.ofSession(sessionId)].filter(({ token }) => token === 0);',
        replace: 'const waiting = [...this.ofSession(sessionId)];',
      },
    ],
    foundBy: [...wrongState, 'a wanted lock is held', ownAssertion],
    focus: successors,
    withinSeeds: 20,
  },
  {
    name: 'late-resumption-raises-again',
    meaning: 'a late copy of an earlier resumption cuts off the program that has taken over since',
    edits: [
      {
        file: 'src/machine/session-commands.ts',
        find: 'if (session.generation !== body.generation) {',
        replace: 'if (session.generation < body.generation) {',
      },
    ],
    foundBy: wrongState,
    focus: { ...successors, transport: 'datagram', replayRate: 0.1, duplicateRate: 0.2 },
    withinSeeds: 20,
  },
  {
    name: 'repeated-resumption-raises-again',
    meaning: 'a resumption that comes twice cuts off the very program that has sent it',
    edits: [
      {
        file: 'src/machine/session-commands.ts',
        find: 'const repeated = session.generation > 1 && session.generation === body.generation + 1 && resumedBy === body.nonce;',
        replace: 'const repeated = false;',
      },
      {
        file: 'src/machine/session-commands.ts',
        find: 'if (session.generation !== body.generation) {',
        replace: 'if (session.generation !== body.generation && resumedBy !== body.nonce) {',
      },
    ],
    foundBy: wrongState,
    focus: { ...successors, transport: 'datagram', replayRate: 0.1, duplicateRate: 0.2 },
    withinSeeds: 20,
  },
  {
    name: 'resumption-gives-no-ttl',
    meaning: 'the leader does not count the time of a generation that has taken over',
    edits: [
      {
        file: 'src/replica/leader-desk.ts',
        find: 'for (const session of [...opened, ...resumed]) sessionClock.opened(session);',
        replace: 'for (const session of opened) sessionClock.opened(session);',
      },
    ],
    foundBy: [
      'liveness: everything called is answered',
      'liveness: sessions of the dead expire',
      'liveness: fresh writes and reads succeed',
    ],
    focus: successors,
    withinSeeds: 20,
  },
  {
    name: 'client-forgets-what-was-resumed',
    meaning: 'a client that resumes a session numbers its commands from 1',
    edits: [
      {
        file: 'src/client/core/command-pipeline.ts',
        find: 'this.#lastSequence = lastSequence;',
        replace: 'this.#lastSequence = 0;',
      },
      {
        file: 'src/client/core/command-pipeline.ts',
        find: 'this.#acknowledged = lastSequence;',
        replace: 'this.#acknowledged = 0;',
      },
    ],
    foundBy: ['liveness: fresh writes and reads succeed', 'liveness: everything called is answered'],
    focus: { ...successors, sdkRate: 1 },
    withinSeeds: 20,
  },
];
