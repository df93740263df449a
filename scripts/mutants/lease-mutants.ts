import type { ConfigOverrides } from '../../src/testing/simulation/config.ts';
import type { Mutant } from './mutant.ts';

const oneLease = ['one lease at a time', 'nothing is chosen above a lease'] as const;
const staleReads = [...oneLease, 'real-time order', 'no client goes back in time'] as const;

/** Messages and disks are so fast that a successor serves a moment after the lease of its predecessor. */
const swift: ConfigOverrides = {
  transport: 'stream',
  linkDelayUs: 50,
  linkJitterUs: 200,
  diskUs: 100,
  diskJitterUs: 100,
  turnUs: 0,
  leases: true,
  clockDriftPermille: 0,
  realDriftPermille: 0,
};

/** A leader that wakes up without its peers; its lease is longer than the silence after which others campaign. */
const staleLeader: ConfigOverrides = { ...swift, faults: [['staleLeader', 1]], faultIntervalMs: 700, leaseMs: 1_000 };

/** Breaks the leases, and with them who may answer alone. */
export const leaseMutants: readonly Mutant[] = [
  {
    name: 'lease-not-waited-out-after-restart',
    meaning: 'a node that restarts does not know that it may be bound by a grant',
    edits: [
      {
        file: 'src/paxos/lease.ts',
        find: 'const bootUntilMs = state.bootedAtMs + leaseMs;',
        replace: 'const bootUntilMs = state.bootedAtMs - leaseMs;',
      },
    ],
    foundBy: staleReads,
    // Acceptors that restart while their leader holds a lease by their word and somebody else campaigns.
    focus: { ...swift, nodes: 3, faults: [['forgetfulQuorum', 1]], faultIntervalMs: 1_500, leaseMs: 1_000 },
    withinSeeds: 60,
  },
  {
    name: 'grants-do-not-bind',
    meaning: 'an acceptor promises a higher ballot although its grant has not run out',
    edits: [
      {
        file: 'src/paxos/acceptor.ts',
        find: 'if (state.nowMs < boundUntilMs(state, message.transferOf)) {',
        replace: 'if (Number.isNaN(state.nowMs)) {',
      },
    ],
    foundBy: staleReads,
    focus: staleLeader,
    withinSeeds: 60,
  },
  {
    name: 'grant-counted-from-an-old-tick',
    meaning: 'an acceptor counts its grant from the last tick instead of from the receipt of the heartbeat',
    edits: [
      {
        file: 'src/paxos/lease.ts',
        find: 'state.grant = { ballot, untilMs: state.nowMs + settings(state).leaseMs };',
        replace: 'state.grant = { ballot, untilMs: (tickedMs.get(state) ?? state.nowMs) + settings(state).leaseMs };',
      },
      {
        file: 'src/paxos/lease.ts',
        find: '/** Until when this acceptor promises nothing above',
        replace: [
          'export const tickedMs = new WeakMap<PaxosState, number>();',
          '',
          '/** Until when this acceptor promises nothing above',
        ].join('\n'),
      },
      {
        file: 'src/paxos/paxos.ts',
        find: "import { advanceClocks, confirmedThrough, leaseUntilMs } from './lease.ts';",
        replace: "import { advanceClocks, confirmedThrough, leaseUntilMs, tickedMs } from './lease.ts';",
      },
      {
        file: 'src/paxos/paxos.ts',
        find: ['    if (state.halted) return;', '    greetOnTick(state, effects);'].join('\n'),
        replace: [
          '    if (state.halted) return;',
          '    tickedMs.set(state, state.nowMs);',
          '    greetOnTick(state, effects);',
        ].join('\n'),
      },
    ],
    foundBy: oneLease,
    focus: staleLeader,
    withinSeeds: 60,
  },
  {
    name: 'lease-for-ever',
    meaning: 'a leader trusts its lease as long as it thinks that it leads',
    edits: [
      {
        file: 'src/paxos/paxos.ts',
        find: 'return leader.isServing(this.#state) && this.#state.nowMs < leaseUntilMs(this.#state);',
        replace: 'return leader.isServing(this.#state);',
      },
    ],
    foundBy: staleReads,
    focus: {
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
      leases: true,
    },
    withinSeeds: 60,
  },
  {
    name: 'lease-counted-from-receipt',
    meaning: 'a leader counts its lease from the receipt of an answer instead of from the sending of its heartbeat',
    edits: [
      {
        file: 'src/paxos/leader.ts',
        find: 'noteAnswer(leadership, progress, message);',
        replace: ['noteAnswer(leadership, progress, message);', 'progress.answeredSentMs = state.nowMs;'].join('\n'),
      },
    ],
    foundBy: oneLease,
    focus: {
      ...swift,
      // Answers are on the way when the leader stops.
      linkDelayUs: 20_000,
      faults: [['pause', 1]],
      faultIntervalMs: 700,
      faultDurationMs: 1_500,
      leaseMs: 300,
    },
    withinSeeds: 60,
  },
  {
    name: 'lease-ignores-drift',
    meaning: 'a leader counts the whole of a lease, as if all clocks had one rate',
    edits: [
      {
        file: 'src/paxos/lease.ts',
        find: 'return (leaseMs * (1 - drift)) / (1 + drift);',
        replace: 'return leaseMs;',
      },
    ],
    foundBy: oneLease,
    focus: { ...staleLeader, clockDriftPermille: 100, realDriftPermille: 100 },
    withinSeeds: 60,
  },
  {
    name: 'lease-survives-suspension',
    meaning: 'a leader whose machine was suspended counts its lease by the clock that stood still',
    edits: [
      {
        file: 'src/paxos/lease.ts',
        find: [
          '  state.suspensionToReport = true;',
          '  const { leadership } = state;',
          '  if (leadership === undefined) return;',
        ].join('\n'),
        replace: [
          '  state.suspensionToReport = true;',
          '  const { leadership } = state;',
          '  if (leadership !== null) return;',
        ].join('\n'),
      },
    ],
    foundBy: staleReads,
    focus: staleLeader,
    withinSeeds: 60,
  },
  {
    name: 'lease-kept-after-transfer',
    meaning: 'a leader that has asked another to take over still acts on its lease',
    edits: [
      {
        file: 'src/paxos/lease.ts',
        find: 'if (leadership.transfer !== undefined || leadership.changeSlot !== undefined) return never;',
        replace: 'if (!leases || leadership === undefined) return never;',
      },
    ],
    foundBy: oneLease,
    focus: {
      ...swift,
      transport: 'datagram',
      dropRate: 0.1,
      faults: [
        ['transfer', 3],
        ['oneWay', 2],
        ['isolateLeader', 1],
      ],
      faultIntervalMs: 100,
      faultDurationMs: 150,
      leaseMs: 1_000,
    },
    withinSeeds: 60,
  },
  {
    name: 'lease-ignores-short-suspensions',
    meaning:
      'a suspension that is too short to be told from the grain of the clocks costs a leader nothing of its lease',
    edits: [
      {
        file: 'src/paxos/lease.ts',
        find: 'holderLeaseMs(leaseMs, clockDriftPermille) - suspectMs;',
        replace: 'holderLeaseMs(leaseMs, clockDriftPermille);',
      },
    ],
    foundBy: oneLease,
    focus: {
      ...staleLeader,
      faults: [
        ['staleLeader', 1],
        ['naps', 2],
      ],
      uptimeGrainMs: 0,
    },
    withinSeeds: 60,
  },
];
