import type { ConfigOverrides } from '../../src/testing/simulation/config.ts';
import { type Mutant, ownAssertion } from './mutant.ts';

/** Members that change all the time, under leaders that fail. */
const changing: ConfigOverrides = {
  spares: 2,
  minority: 'healed',
  budget: 'within',
  faults: [
    ['addMember', 6],
    ['promoteMember', 3],
    ['removeMember', 5],
    ['crash', 2],
    ['powerLoss', 1],
    ['isolateLeader', 2],
    ['halves', 1],
  ],
  operations: [['put', 1]],
  faultIntervalMs: 300,
  faultDurationMs: 500,
  tightLimits: false,
};

const disagreement = [
  'agreement',
  'chosen values are stable',
  'chosen is chosen',
  'only chosen values are applied',
  'learned values are chosen',
  'a quorum has promised',
  'proposals follow phase 1',
  'nothing is chosen past a pending change',
  'no assertion fails',
  ownAssertion,
] as const;

/** Breaks what lets the members of a cluster change without two sets of them deciding at once. */
export const membershipMutants: readonly Mutant[] = [
  {
    name: 'learners-count',
    meaning: 'what a learner holds counts as if it voted',
    edits: [
      {
        file: 'src/paxos/leader.ts',
        find: 'newProgress(state, firstSlot, isVoter(state, peer))',
        replace: 'newProgress(state, firstSlot, isVoter !== undefined)',
      },
    ],
    foundBy: disagreement,
    focus: changing,
    withinSeeds: 20,
  },
  {
    name: 'ballot-outlives-its-members',
    meaning: 'a leader goes on in its ballot, with the quorum of the old members, when others are chosen',
    edits: [
      {
        file: 'src/paxos/membership.ts',
        find: '    endBallot(state, leadership, effects);\n  }',
        replace: '    leadership.changeSlot = undefined;\n  }',
      },
    ],
    foundBy: disagreement,
    focus: changing,
    withinSeeds: 20,
  },
  {
    name: 'old-quorum-for-new-members',
    meaning: 'a candidate that learns of other members goes on with the promises of the old ones',
    edits: [
      {
        file: 'src/paxos/leadership-change.ts',
        find: 'else if (hasPromises(state, candidacy)) openBallot',
        replace:
          'else if (hasPromises(state, candidacy) || !sameBallot(candidacy.ballot, candidacy.transferOf)) openBallot',
      },
    ],
    foundBy: [...disagreement, 'liveness: the survivors agree'],
    focus: changing,
    withinSeeds: 400,
  },
  {
    name: 'proposes-past-a-change',
    meaning: 'a leader proposes on while a change of the members is not chosen',
    edits: [
      {
        file: 'src/paxos/leader.ts',
        find: '  if (leadership.changeSlot !== undefined) return false;\n  return openSlots',
        replace: '  return openSlots',
      },
      {
        file: 'src/paxos/leader.ts',
        find: "  assert(leadership.changeSlot === undefined, 'nothing is proposed past a change of the members');\n",
        replace: '',
      },
    ],
    foundBy: disagreement,
    focus: { ...changing, outstanding: 16, thinkMs: 30 },
    withinSeeds: 20,
  },
  {
    name: 'adopts-past-a-change',
    meaning: 'phase 1 takes over what earlier leaders have proposed past a change of the members',
    edits: [
      { file: 'src/paxos/phase-one.ts', find: '    if (configurationIn(value) !== undefined) break;\n', replace: '' },
      {
        file: 'src/paxos/leader.ts',
        find: "  assert(leadership.changeSlot === undefined, 'nothing is proposed past a change of the members');\n",
        replace: '',
      },
    ],
    foundBy: [...disagreement, 'liveness: the survivors agree'],
    focus: { ...changing, outstanding: 16, thinkMs: 30 },
    withinSeeds: 200,
  },
  {
    name: 'members-forgotten-on-restart',
    meaning: 'a node that restarts believes in the members with whom the cluster was born',
    edits: [
      {
        file: 'src/paxos/journal.ts',
        find: '  noteChosenConfigurations(state, chosenBefore + 1, state.chosenThrough);\n',
        replace: '',
      },
    ],
    foundBy: [
      ...disagreement,
      'liveness: a leader serves',
      'liveness: the survivors agree',
      'liveness: everything called is answered',
    ],
    focus: changing,
    withinSeeds: 20,
  },
  {
    name: 'members-not-in-the-state',
    meaning: 'a node that starts from a checkpoint does not ask it who the members are',
    edits: [
      {
        file: 'src/replica/configuration-of-state.ts',
        find: '  return configuration && {',
        replace: '  return configuration && configuration.slot < 0 ? undefined : configuration && {',
      },
    ],
    foundBy: [
      ...disagreement,
      'liveness: a leader serves',
      'liveness: the survivors agree',
      'liveness: everything called is answered',
    ],
    focus: { ...changing, checkpointBytes: 1_500 },
    withinSeeds: 300,
  },
  {
    name: 'leaves-before-the-others-know',
    meaning: 'those that leave are not listened to any more as soon as the change is chosen',
    edits: [
      {
        file: 'src/paxos/configuration.ts',
        find: 'state.departing.length === 0 || state.chosenThrough <= ruling.slot',
        replace: 'state.departing.length === 0 || state.chosenThrough < ruling.slot',
      },
    ],
    foundBy: ['liveness: a leader serves', 'liveness: everything called is answered', 'no node halts'],
    focus: changing,
    withinSeeds: 60,
  },
];
