import { type Ballot, zeroBallot } from '../../wire/ballot.ts';
import type { ConfigOverrides } from './config.ts';
import { mutant, type PlantedBug, replace, replaceGetter } from './planted-bug.ts';

/** A leader that wakes up without its peers, while clients write elsewhere and read from it. */
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
};

/** Acceptors that restart while their leader holds a lease by their word and somebody else campaigns. */
const forgetfulAcceptors: ConfigOverrides = {
  faults: [['forgetfulQuorum', 1]],
  faultIntervalMs: 1_500,
  leaseMs: 1_000,
  leases: true,
};

/** Breaks what rests on time: leases, reads, sessions. */
export const leaseBugs: readonly PlantedBug[] = [
  {
    name: 'lease-not-waited-out-after-restart',
    meaning: 'a node that restarts does not know that it may be bound by a grant',
    focus: forgetfulAcceptors,
    withinSeeds: 100,
    createReplica: mutant(() => ({
      instant: (instant, input) =>
        input.type === 'restore' || input.type === 'boot'
          ? { monotonicMs: instant.monotonicMs - 100_000, uptimeMs: instant.uptimeMs - 100_000 }
          : instant,
    })),
  },
  {
    name: 'grants-do-not-bind',
    meaning: 'an acceptor promises a higher ballot although its grant has not run out',
    focus: { faults: [['staleLeader', 1]], faultIntervalMs: 700, leaseMs: 1_000, leases: true },
    withinSeeds: 100,
    createReplica: mutant(() => {
      let granted: Ballot = zeroBallot;
      return {
        input: (input) => {
          if (input.type !== 'peerMessage') return [input];
          const { message } = input;
          if (message.type === 'heartbeat') granted = message.ballot;
          if (message.type !== 'prepare') return [input];
          return [{ ...input, message: { ...message, transferOf: granted } }];
        },
      };
    }),
  },
  {
    name: 'lease-for-ever',
    meaning: 'a leader trusts its lease as long as it thinks that it leads',
    focus: { ...deposedLeader, leases: true },
    withinSeeds: 100,
    createReplica: mutant(({ replica }) => {
      replace(replica.paxos, 'leaseHolds', () => () => replica.paxos.serving);
      return {};
    }),
  },
  {
    name: 'reads-unconfirmed',
    meaning: 'without leases, a leader answers before a quorum has confirmed that it leads',
    focus: { ...deposedLeader, leases: false },
    withinSeeds: 100,
    createReplica: mutant(({ replica }) => {
      replaceGetter(replica.paxos, 'confirmedThrough', () => Number.MAX_SAFE_INTEGER);
      return {};
    }),
  },
  {
    name: 'follower-reads-unasked',
    meaning: 'a follower answers a linearizable read before it has applied what the leader says',
    withinSeeds: 100,
    createReplica: mutant(() => ({
      input: (input) =>
        input.type === 'peerMessage' && input.message.type === 'readPointAnswer'
          ? [{ ...input, message: { ...input.message, slot: 0 } }]
          : [input],
    })),
  },
  {
    name: 'sessions-expire-early',
    meaning: 'the leader counts half of a TTL',
    withinSeeds: 50,
    createReplica: mutant(({ replica }) => {
      replace(
        replica.sessionClock,
        'opened',
        (opened) => (session) => opened({ ...session, ttlMs: Math.floor(session.ttlMs / 2) }),
      );
      return {};
    }),
  },
  {
    name: 'expiry-ignores-drift',
    meaning: 'the leader counts a TTL as if all clocks had one rate',
    focus: {
      clockDriftPermille: 100,
      realDriftPermille: 100,
      faults: [['clientPartition', 1]],
      faultIntervalMs: 300,
      sdkRate: 0,
    },
    withinSeeds: 100,
    createReplica: mutant(({ replica, setup }) => {
      const drift = setup.settings.clockDriftPermille / 1000;
      replace(
        replica.sessionClock,
        'opened',
        (opened) => (session) => opened({ ...session, ttlMs: (session.ttlMs * (1 - drift)) / (1 + drift) }),
      );
      return {};
    }),
  },
  {
    name: 'new-leader-is-impatient',
    meaning: 'a new leader counts the time to live of sessions as if they had been silent for long',
    withinSeeds: 100,
    createReplica: mutant(({ replica }) => {
      replace(replica.sessionClock, 'restart', (restart) => (sessions, driftPermille) => {
        const impatient = [...sessions].map((session) => ({ ...session, ttlMs: Math.ceil(session.ttlMs / 10) }));
        restart(impatient, driftPermille);
      });
      return {};
    }),
  },
];
