import type { ConfigOverrides } from '../../src/testing/simulation/config.ts';
import type { Mutant } from './mutant.ts';

/** Directories that are not what they were, as far as the budget lets them be. */
function losing(...faults: NonNullable<ConfigOverrides['faults']>): ConfigOverrides {
  return { budget: 'within', faults, faultIntervalMs: 700 };
}

/** Breaks how a node finds out that its disk has lost or falsified something, and what it does about it. */
export const directoryMutants: readonly Mutant[] = [
  {
    name: 'record-chain-not-followed',
    meaning: 'a record counts as the next one although it was written after another than the one before it',
    edits: [
      {
        file: 'src/storage/record-chain.ts',
        find: 'if (previousCrc !== this.#lastCrc) {',
        replace: 'if (previousCrc < 0) {',
      },
    ],
    foundBy: ['damage is refused'],
    focus: { ...losing(['crash', 4], ['staleRecord', 2]), keepPendingRate: 0, diskJitterUs: 20_000 },
    withinSeeds: 20,
  },
  {
    name: 'record-checksum-ignored',
    meaning: 'a record is read whether or not it matches its checksum',
    edits: [
      {
        file: 'src/storage/record-chain.ts',
        find: 'if (!isIntact(frame)) throw',
        replace: 'if (frame.length < 5) throw',
      },
    ],
    // What is read as another record may also be none, again and again.
    foundBy: ['damage is refused', 'liveness: the survivors agree'],
    focus: losing(['bitRot', 2], ['crash', 1]),
    withinSeeds: 20,
  },
  {
    name: 'lost-tail-goes-unnoticed',
    meaning: 'a journal may end before the record that is known to have been written last',
    edits: [
      {
        file: 'src/storage/record-chain.ts',
        find: 'const written = Math.max(this.#witness?.sequence ?? 0, leftByTrim);',
        replace: 'const written = this.#lastSequence;',
      },
    ],
    foundBy: ['damage is refused'],
    focus: losing(['lostTail', 2], ['lostDatabase', 1], ['crash', 1]),
    withinSeeds: 20,
  },
  {
    name: 'rollback-goes-unnoticed',
    meaning: 'a node that is told of more records than it has goes on',
    edits: [
      {
        file: 'src/paxos/greeting.ts',
        find: 'isAboutMe && seen.sequence > state.durableSequence',
        replace: 'isAboutMe && seen.sequence > Number.MAX_SAFE_INTEGER',
      },
    ],
    foundBy: ['no vote with amnesia'],
    focus: losing(['oldDiskImage', 1], ['crash', 1]),
    withinSeeds: 20,
  },
  {
    name: 'votes-before-hearing-the-others',
    meaning: 'a node that has just started votes before anybody could say that its directory is not what it was',
    edits: [
      {
        file: 'src/paxos/cluster.ts',
        find: 'return state.durableFormed && hasHeardOthers(state);',
        replace: 'return state.booted && state.durableFormed;',
      },
    ],
    foundBy: ['a node hears the others before it votes'],
    focus: losing(['crash', 2], ['isolateOne', 1]),
    withinSeeds: 20,
  },
  {
    name: 'hints-before-hearing-the-others',
    meaning:
      'a node adds records to its journal before anybody could say that there were more, and then it has as many',
    edits: [
      {
        file: 'src/paxos/journal.ts',
        find: 'if (!hasHeardOthers(state)) return false;',
        replace: 'if (!hasHeardOthers(state) && state.halted) return false;',
      },
    ],
    foundBy: ['a node hears the others before it votes'],
    focus: losing(['crash', 2], ['isolateOne', 1]),
    withinSeeds: 20,
  },
  {
    name: 'wiped-node-votes',
    meaning: 'a member is known by its name alone: with an empty directory it joins again, and votes',
    edits: [
      {
        file: 'src/paxos/greeting.ts',
        find: "if (member !== undefined) return { kind: 'strangeIncarnation'",
        replace:
          "if (member !== undefined) return { kind: 'welcome' };\n  if (member !== undefined) return { kind: 'strangeIncarnation'",
      },
      {
        file: 'src/paxos/formation.ts',
        find: 'if (isOurs && self?.incarnation === options.incarnation) enterCluster',
        replace: 'if (isOurs && self !== undefined) enterCluster',
      },
      {
        file: 'src/paxos/configuration.ts',
        find: 'member.nodeId === nodeId && member.incarnation === incarnation',
        replace: 'member.nodeId === nodeId && incarnation !== undefined',
      },
    ],
    foundBy: ['no vote with amnesia'],
    focus: losing(['wipedDirectory', 1], ['crash', 1]),
    withinSeeds: 20,
  },
  {
    name: 'leads-with-a-stuck-disk',
    meaning: 'a leader whose disk does not answer keeps leading',
    edits: [
      {
        file: 'src/paxos/leadership-change.ts',
        find: '} else if (diskIsStuck(state)) {',
        replace: '} else if (diskIsStuck(state) && state.halted) {',
      },
    ],
    foundBy: ['a leader can write its disk'],
    focus: losing(['hungDiskOfLeader', 2], ['slowDisk', 1]),
    withinSeeds: 20,
  },
];
