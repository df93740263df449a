import type { ConfigOverrides } from '../../src/testing/simulation/config.ts';
import { type Mutant, ownAssertion } from './mutant.ts';

/** Without leases: a leader that wakes up without its peers, while clients write elsewhere and read from it. */
const deposedLeader: ConfigOverrides = {
  faults: [
    ['staleLeader', 3],
    ['transfer', 1],
    ['clientReset', 2],
  ],
  operations: [
    ['put', 2],
    ['get', 3],
    ['counterAdd', 1],
    ['counterGet', 2],
  ],
  faultIntervalMs: 700,
  leases: false,
};

const readers: ConfigOverrides = {
  operations: [
    ['put', 2],
    ['delete', 1],
    ['get', 3],
    ['getPast', 2],
    ['getStale', 3],
    ['counterAdd', 1],
    ['counterGet', 2],
  ],
};

const pastReads = ['real-time order', 'no client goes back in time'] as const;

/** Breaks linearizable reads, and the promise that no client goes back in time. */
export const readMutants: readonly Mutant[] = [
  {
    name: 'reads-unconfirmed',
    meaning: 'without leases, a leader answers before a quorum has confirmed that it leads',
    edits: [
      {
        file: 'src/replica/leadership-gate.ts',
        find: 'if (this.#paxos.leaseHolds()) this.#pass(check);',
        replace: 'if (this.#paxos.serving) this.#pass(check);',
      },
    ],
    foundBy: [...pastReads, 'no session expires early'],
    focus: deposedLeader,
    withinSeeds: 60,
  },
  {
    name: 'reads-confirmed-by-the-past',
    meaning: 'an answer to a heartbeat that was sent before the question confirms that the leader leads',
    edits: [{ file: 'src/paxos/paxos.ts', find: 'return heartbeatId + 1;', replace: 'return heartbeatId;' }],
    foundBy: [...pastReads, 'no session expires early'],
    // Only what has arrived before the next heartbeat leaves is answered too early.
    focus: { ...deposedLeader, clients: 4, thinkMs: 30, keys: 1, counters: 1 },
    withinSeeds: 100,
  },
  {
    name: 'one-confirmation-is-enough',
    meaning: 'without leases, a leader that was confirmed once in its ballot answers at once from then on',
    edits: [
      {
        file: 'src/replica/leadership-gate.ts',
        find: 'heartbeatId > confirmedThrough);',
        replace: 'heartbeatId > confirmedThrough && confirmedThrough === 0);',
      },
    ],
    foundBy: [...pastReads, 'no session expires early'],
    focus: deposedLeader,
    withinSeeds: 60,
  },
  {
    name: 'serves-before-catching-up',
    meaning: 'a new leader answers before its own first command is applied',
    edits: [
      {
        file: 'src/replica/leader-desk.ts',
        find: 'const serving = paxos.serving && hasApplied && sameBallot(machine.openBallot, paxos.ballot);',
        replace:
          "const serving = paxos.role === 'leader' || (paxos.serving && hasApplied && sameBallot(machine.openBallot, paxos.ballot));",
      },
      {
        file: 'src/replica/leader-desk.ts',
        find: "assert(machine.appliedSlot > paxos.servingFrom, 'serving before its own first command is applied');",
        replace: '',
      },
      {
        file: 'src/replica/leadership-gate.ts',
        find: 'if (!this.#paxos.serving) return false;',
        replace: '',
      },
    ],
    foundBy: [...pastReads, 'every leader gives a whole TTL', ownAssertion],
    focus: {
      ...readers,
      faults: [
        ['transfer', 2],
        ['isolateLeader', 1],
        ['clientReset', 1],
      ],
      faultIntervalMs: 300,
      linkJitterUs: 10_000,
      diskJitterUs: 20_000,
      clients: 4,
      thinkMs: 30,
    },
    withinSeeds: 60,
  },
  {
    name: 'follower-reads-unasked',
    meaning: 'a follower answers a linearizable read before it has applied what the leader says',
    edits: [
      {
        file: 'src/replica/read-router.ts',
        find: 'this.#whenApplied(message.slot, question.reads);',
        replace: 'this.#whenApplied(0, question.reads);',
      },
    ],
    foundBy: pastReads,
    focus: readers,
    withinSeeds: 20,
  },
  {
    name: 'stale-revision-served',
    meaning: 'a node that is behind what the client has seen answers a read',
    edits: [
      {
        file: 'src/replica/read-router.ts',
        find: 'if (read.seenRevision > this.#machine.revision) this.#behind.push(read);\n    else this.#answer(read);',
        replace: 'this.#answer(read);',
      },
    ],
    foundBy: ['no client goes back in time'],
    focus: readers,
    withinSeeds: 20,
  },
  {
    name: 'client-forgets-what-it-has-seen',
    meaning: 'the SDK does not tell a node which revision it has seen',
    edits: [
      {
        file: 'src/client/core/context.ts',
        find: 'revision: this.#seenRevision,',
        replace: 'revision: 0,',
      },
      {
        file: 'src/client/core/reads.ts',
        find: 'seenRevision: this.#context.seenRevision,',
        replace: 'seenRevision: 0,',
      },
    ],
    foundBy: ['no client goes back in time'],
    focus: { ...readers, sdkRate: 1 },
    withinSeeds: 60,
  },
  {
    name: 'past-read-shows-the-present',
    meaning: 'a read at an older revision shows the newest state',
    edits: [
      {
        file: 'src/machine/keyspace.ts',
        find: 'return number === undefined ? undefined : this.#walkBack(key, this.#newest.get(number), revision);',
        replace: 'return number === undefined ? undefined : this.#view(key, this.#newest.get(number));',
      },
    ],
    foundBy: ['read equals the model'],
    focus: readers,
    withinSeeds: 20,
  },
];
