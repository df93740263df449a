import type { ConfigOverrides } from '../../src/testing/simulation/config.ts';
import type { Mutant } from './mutant.ts';

const stuck = [
  'liveness: a leader serves',
  'liveness: everything called is answered',
  'liveness: sessions of the dead expire',
  'liveness: fresh writes and reads succeed',
  'liveness: the survivors agree',
  'liveness: the leader stays',
] as const;

const lossy: ConfigOverrides = {
  transport: 'datagram',
  dropRate: 0.1,
  faults: [
    ['crash', 1],
    ['isolateOne', 1],
    ['transfer', 1],
  ],
  faultIntervalMs: 300,
};

/** Nothing false is said, but something that should happen does not. */
export const livenessMutants: readonly Mutant[] = [
  {
    name: 'catch-up-never-retried',
    meaning: 'a node that has asked for what is chosen, and got no answer, does not ask again',
    edits: [
      {
        file: 'src/paxos/catch-up.ts',
        find: '  if (catchUp.askedFrom !== 0) {\n    if (nowMs < catchUp.retryAtMs) return;',
        replace: '  if (catchUp.askedFrom !== 0) {\n    if (nowMs > 0) return;',
      },
    ],
    foundBy: stuck,
    focus: lossy,
    withinSeeds: 40,
  },
  {
    name: 'accept-never-sent-again',
    meaning: 'a leader does not repeat an accept that was lost',
    edits: [
      {
        file: 'src/paxos/replication.ts',
        find: 'if (progress.inFlight.length === 0 || state.nowMs < progress.progressAtMs + progress.resendDelayMs) return;',
        replace: 'if (progress.inFlight.length >= 0) return;',
      },
    ],
    foundBy: stuck,
    focus: lossy,
    withinSeeds: 20,
  },
  {
    name: 'candidates-do-not-give-up',
    meaning: 'a candidate whose questions were refused or lost does not begin anew',
    edits: [
      {
        file: 'src/paxos/role.ts',
        find: '  state.candidacy = undefined;\n  state.failedCandidacies = Math.min',
        replace: '  state.failedCandidacies = Math.min',
      },
    ],
    foundBy: stuck,
    focus: lossy,
    withinSeeds: 20,
  },
  {
    name: 'campaigns-without-pre-vote',
    meaning: 'whoever hears no leader promises itself a higher ballot without asking the others before',
    edits: [
      {
        file: 'src/paxos/election.ts',
        find: 'if (granted.length < quorum(state)) return;',
        replace: '',
      },
    ],
    foundBy: stuck,
    focus: { minority: 'disturbing', leases: false },
    withinSeeds: 60,
  },
  {
    name: 'pre-vote-granted-beside-a-leader',
    meaning: 'a node that hears its leader tells a candidate that it would promise',
    edits: [
      {
        file: 'src/paxos/election.ts',
        find: 'const granted = compareBallots(ballot, promised) > 0 && !leaderIsAlive(state);',
        replace: 'const granted = true;',
      },
    ],
    foundBy: stuck,
    focus: { minority: 'disturbing', nodes: 3, leases: false, faults: [['clientReset', 1]] },
    withinSeeds: 60,
  },
  {
    name: 'leads-without-a-quorum',
    meaning: 'a leader that no quorum answers keeps leading',
    edits: [
      {
        file: 'src/paxos/leadership-change.ts',
        find: 'if (quorumHeardMs(state) < state.nowMs - state.options.timing.silenceMsLow) {',
        replace: 'if (state.halted) {',
      },
    ],
    foundBy: stuck,
    // Some of which are heard and hear nobody.
    focus: { minority: 'dead', nodes: 3, faults: [['clientReset', 1]] },
    withinSeeds: 120,
  },
  {
    name: 'refusal-is-but-a-silence',
    meaning: 'followers whose leader refuses connections wait for the whole silence before they campaign',
    edits: [
      {
        file: 'src/paxos/paxos.ts',
        find: 'if (refused && isNews && followedBallot(state)?.nodeId === peer) startPreVote(state, effects);',
        replace: '',
      },
    ],
    foundBy: ['liveness: fail-over'],
    focus: {
      minority: 'healed',
      nodes: 3,
      transport: 'stream',
      leases: true,
      leaseMs: 100,
      faults: [['clientReset', 1]],
    },
    withinSeeds: 60,
  },
];
