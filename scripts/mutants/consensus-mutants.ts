import type { ConfigOverrides } from '../../src/testing/simulation/config.ts';
import { type Mutant, ownAssertion } from './mutant.ts';

const agreement = [
  'agreement',
  'chosen values are stable',
  'chosen is chosen',
  'only chosen values are applied',
  'learned values are chosen',
  'one value per ballot and slot',
  'accepted values were proposed',
  'phase 1 comes first',
  'proposals follow phase 1',
] as const;

/** Leaders that are cut off with accepted values that their successors have not heard of, again and again. */
const duellingLeaders: ConfigOverrides = {
  faults: [
    ['isolateLeader', 3],
    ['crash', 1],
    ['halves', 2],
    ['transfer', 1],
  ],
  operations: [['put', 1]],
  faultIntervalMs: 300,
  faultDurationMs: 500,
  diskJitterUs: 20_000,
  linkJitterUs: 10_000,
  outstanding: 16,
  tightLimits: false,
};

/** Messages that are lost, and overtake each other. */
const unrulyNetwork: ConfigOverrides = {
  ...duellingLeaders,
  transport: 'datagram',
  dropRate: 0.1,
  duplicateRate: 0.2,
  replayRate: 0.01,
};

/** Breaks what Paxos is about. */
export const consensusMutants: readonly Mutant[] = [
  {
    name: 'quorum-one-too-small',
    meaning: 'half of the members count as a majority',
    edits: [
      {
        file: 'src/paxos/configuration.ts',
        find: 'return Math.floor(voters / 2) + 1;',
        replace: 'return Math.floor(voters / 2);',
      },
    ],
    foundBy: [...agreement, 'a quorum has promised'],
    withinSeeds: 20,
  },
  {
    name: 'adopts-the-lowest-ballot',
    meaning: 'phase 1 takes over the value accepted with the lowest ballot instead of the highest',
    edits: [{ file: 'src/paxos/phase-one.ts', find: 'return order > 0;', replace: 'return order < 0;' }],
    foundBy: agreement,
    focus: duellingLeaders,
    withinSeeds: 60,
  },
  {
    name: 'adopts-only-its-own',
    meaning: 'phase 1 ignores what others have accepted',
    edits: [
      {
        file: 'src/paxos/phase-one.ts',
        find: 'for (const part of parts.values()) for (const reported of part) consider(reported);',
        replace: 'parts.clear();',
      },
    ],
    foundBy: agreement,
    focus: duellingLeaders,
    withinSeeds: 20,
  },
  {
    name: 'adopts-one-slot-only',
    meaning: 'phase 1 takes over a value for the first open slot, and fills the others with no-ops',
    edits: [
      {
        file: 'src/paxos/phase-one.ts',
        find: 'const value = best.get(slot)?.value ?? noOp;',
        replace: 'const value = values.length === 0 ? (best.get(slot)?.value ?? noOp) : noOp;',
      },
    ],
    foundBy: agreement,
    focus: duellingLeaders,
    withinSeeds: 60,
  },
  {
    name: 'adopts-up-to-the-first-hole',
    meaning: 'phase 1 forgets what was accepted above a slot in which nobody has accepted anything',
    edits: [
      {
        file: 'src/paxos/phase-one.ts',
        find: 'for (let slot = state.chosenThrough + 1; slot <= last; slot++) {',
        replace: 'for (let slot = state.chosenThrough + 1; slot <= last && best.has(slot); slot++) {',
      },
    ],
    foundBy: agreement,
    focus: unrulyNetwork,
    withinSeeds: 60,
  },
  {
    name: 'candidate-does-not-learn',
    meaning: 'a candidate opens its ballot before it has learned what its quorum knows to be chosen',
    edits: [
      {
        file: 'src/paxos/phase-one.ts',
        find: "candidacy?.phase === 'learning' && state.chosenThrough >= candidacy.learnThrough",
        replace: "candidacy?.phase === 'learning'",
      },
    ],
    foundBy: [...agreement, ownAssertion],
    withinSeeds: 60,
  },
  {
    name: 'counts-promises-for-another-ballot',
    meaning: 'a candidate counts a late promise that was made for an earlier attempt',
    edits: [
      {
        file: 'src/paxos/phase-one.ts',
        find: "candidacy?.phase !== 'preparing' || !sameBallot(candidacy.ballot, message.ballot)",
        replace: "candidacy?.phase !== 'preparing'",
      },
    ],
    foundBy: [...agreement, 'a quorum has promised'],
    focus: { ...unrulyNetwork, replayRate: 0.5 },
    withinSeeds: 60,
  },
  {
    name: 'counts-a-promise-without-its-parts',
    meaning: 'a promise counts when its last part has come, even if others have not',
    edits: [
      {
        file: 'src/paxos/phase-one.ts',
        find: 'gathered.partCount > 0 && gathered.parts.size === gathered.partCount',
        replace: 'gathered.partCount > 0',
      },
    ],
    foundBy: agreement,
    focus: { ...unrulyNetwork, tightLimits: true },
    withinSeeds: 60,
  },
  {
    name: 'trusts-chosen-of-other-ballots',
    meaning:
      'a follower takes what it accepted in any ballot for chosen, because the leader says that the slot is chosen',
    edits: [
      {
        file: 'src/paxos/log.ts',
        find: 'if (entry === undefined || !sameBallot(entry.ballot, ballot)) break;',
        replace: 'if (entry === undefined) break;',
      },
    ],
    foundBy: agreement,
    focus: duellingLeaders,
    withinSeeds: 60,
  },
  {
    name: 'acknowledges-older-ballots',
    meaning: 'an acceptor acknowledges a slot in which it has accepted something in an older ballot',
    edits: [
      {
        file: 'src/paxos/log.ts',
        find: 'if (!sameBallot(entry.ballot, ballot) && !entry.chosen) return through;',
        replace: '',
      },
    ],
    foundBy: ['persist before speak'],
    focus: duellingLeaders,
    withinSeeds: 60,
  },
  {
    name: 'acknowledges-over-holes',
    meaning: 'an acceptor acknowledges the highest slot that it has accepted, whatever it lacks below',
    edits: [
      {
        file: 'src/paxos/acceptor.ts',
        find: 'const through = durableThrough(state, state.promised);',
        replace: [
          'let through = durableThrough(state, state.promised);',
          'for (const [slot, { ballot, sequence }] of state.log) {',
          '  const isDurable = sequence !== 0 && sequence <= state.durableSequence;',
          '  if (isDurable && sameBallot(ballot, state.promised)) through = Math.max(through, slot);',
          '}',
        ].join('\n'),
      },
    ],
    foundBy: ['persist before speak', 'a chosen prefix has its values', ownAssertion],
    focus: unrulyNetwork,
    withinSeeds: 60,
  },
  {
    name: 'promises-a-lower-ballot',
    meaning: 'an acceptor promises whatever ballot it is asked for last',
    edits: [
      { file: 'src/paxos/acceptor.ts', find: 'if (order < 0) {', replace: 'if (Number.isNaN(order)) {' },
      {
        file: 'src/paxos/role.ts',
        find: "assert(compareBallots(ballot, state.promised) > 0, 'promises only rise');",
        replace: '',
      },
    ],
    foundBy: ['promises rise', ownAssertion],
    focus: unrulyNetwork,
    withinSeeds: 60,
  },
  {
    name: 'follows-a-deposed-leader',
    meaning: 'an acceptor accepts from a leader whose ballot is below the one that it has promised',
    edits: [
      {
        file: 'src/paxos/acceptor.ts',
        find: [
          '  if (compareBallots(ballot, state.promised) < 0) {',
          "    send(effects, from, { type: 'rejected', ballot, promised: state.promised });",
          '    return false;',
          '  }',
        ].join('\n'),
        replace:
          'if (compareBallots(ballot, state.promised) < 0 && state.leadership === undefined) state.promised = ballot;',
      },
    ],
    foundBy: ['promises rise', 'accepted as promised', ownAssertion],
    focus: duellingLeaders,
    withinSeeds: 20,
  },
  {
    name: 'learns-across-ballots',
    meaning: 'a node gives what it has accepted to those who ask for what is chosen',
    edits: [
      {
        file: 'src/paxos/log.ts',
        find: 'const last = Math.min(toSlot, state.chosenThrough, fromSlot + paxosLimits.fetchSlots - 1);',
        replace: 'const last = Math.min(toSlot, fromSlot + paxosLimits.fetchSlots - 1);',
      },
    ],
    foundBy: agreement,
    // Who asks for what is chosen is often not answered by the leader, and turns to others that lag behind.
    focus: {
      ...unrulyNetwork,
      nodes: 5,
      faults: [
        ['isolateLeader', 3],
        ['halves', 3],
      ],
      faultIntervalMs: 500,
      faultDurationMs: 1_000,
      dropRate: 0.3,
      duplicateRate: 0,
      replayRate: 0,
      linkJitterUs: 2_000,
      diskJitterUs: 100,
      tightLimits: true,
    },
    withinSeeds: 60,
  },
  {
    name: 'old-value-under-a-new-ballot',
    meaning: 'an acceptor that holds a value of an older ballot for a slot keeps it when it accepts in a new one',
    edits: [
      {
        file: 'src/paxos/acceptor.ts',
        find: 'acceptValue(state, message.slot, message.ballot, message.value);',
        replace:
          'acceptValue(state, message.slot, message.ballot, state.log.get(message.slot)?.value ?? message.value);',
      },
    ],
    foundBy: ['accepted values were proposed', 'agreement'],
    focus: duellingLeaders,
    withinSeeds: 20,
  },
  {
    name: 'sent-again-with-another-value',
    meaning: 'whatever slot a leader sends, the value that goes with it is that of its newest one',
    edits: [
      {
        file: 'src/paxos/replication.ts',
        find: 'const value = state.log.get(slot)?.value;',
        replace: 'const value = state.log.get(leadership.nextSlot - 1)?.value;',
      },
    ],
    foundBy: ['one value per ballot and slot'],
    focus: unrulyNetwork,
    withinSeeds: 20,
  },
];
