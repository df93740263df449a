import type { ConfigOverrides } from '../../src/testing/simulation/config.ts';
import { type Mutant, ownAssertion } from './mutant.ts';

/** A quota that is soon reached, while keys and locks come and go. */
const scarce: ConfigOverrides = {
  quotas: [
    { atMs: 1_000, quotaBytes: 15_000 },
    { atMs: 6_000, quotaBytes: 8_000 },
  ],
  operations: [
    ['put', 5],
    ['delete', 2],
    ['createSequential', 4],
    ['lock', 2],
    ['nestedTransaction', 2],
    ['closeSession', 1],
  ],
  thinkMs: 30,
};

/** Breaks what the state counts, what is refused by it, and who agrees on the level that quotas come with. */
export const quotaMutants: readonly Mutant[] = [
  {
    name: 'deletions-free-their-room-at-once',
    meaning: 'what was deleted is not counted any more, though history still has it',
    edits: [
      {
        file: 'src/machine/resident-bytes.ts',
        find: '    this.kept -= bytes;\n    this.history += bytes;',
        replace: '    this.kept -= bytes;',
      },
    ],
    foundBy: ['the state knows its size'],
    focus: scarce,
    withinSeeds: 20,
  },
  {
    name: 'overwriting-counts-as-growth',
    meaning: 'a put over a key is judged as if the key were new',
    edits: [
      {
        file: 'src/machine/quota.ts',
        find: 'if (existing !== undefined) bytes -=',
        replace: 'if (existing !== undefined) bytes -= 0 *',
      },
    ],
    foundBy: ['results equal the model', 'states are equal', 'state equals the model'],
    focus: scarce,
    withinSeeds: 20,
  },
  {
    name: 'quota-of-keys-only',
    meaning: 'locks are asked for whether or not there is room',
    edits: [
      {
        file: 'src/machine/lock-commands.ts',
        find: 'quotaError(state, acquisitionBytes(request))',
        replace: 'quotaError(state, 0 * acquisitionBytes(request))',
      },
    ],
    foundBy: ['results equal the model', 'state equals the model', 'nothing grows past the quota'],
    focus: { ...scarce, operations: [...(scarce.operations ?? []), ['lock', 9]] },
    withinSeeds: 40,
  },
  {
    name: 'results-of-a-resumed-session-still-count',
    meaning: 'the results that a resumption forgets are counted for ever',
    edits: [
      {
        file: 'src/machine/sessions.ts',
        find: 'for (const remembered of session.results.splice(0)) this.#forgetResult(remembered);',
        replace: 'for (const remembered of session.results.splice(0)) this.#hash.remove(remembered);',
      },
    ],
    foundBy: ['the state knows its size'],
    withinSeeds: 60,
  },
  {
    name: 'level-raised-without-the-last-member',
    meaning: 'a leader raises the level although one member has not said that it carries it out',
    edits: [
      {
        file: 'src/paxos/greeting.ts',
        find: 'if (nodeId !== state.options.nodeId) level =',
        replace: 'if (nodeId !== state.options.nodeId && nodeId !== "n3") level =',
      },
    ],
    foundBy: [ownAssertion],
    focus: { nodes: 3, olderUntilMs: 1_000_000 },
    withinSeeds: 20,
  },
  {
    name: 'quota-below-its-level',
    meaning: 'newer members refuse by the quota while older ones do not know of it',
    edits: [
      {
        file: 'src/machine/settings.ts',
        find: 'if (featureLevel < settingsFeatureLevel) return Number.POSITIVE_INFINITY;',
        replace: 'if (featureLevel < 0) return Number.POSITIVE_INFINITY;',
      },
      {
        file: 'src/wire/settings.ts',
        find: 'export const defaultQuotaBytes = 1024 * 1024 * 1024;',
        replace: 'export const defaultQuotaBytes = 8 * 1024;',
      },
    ],
    foundBy: ['one quota for all', 'results equal the model', 'state equals the model'],
    focus: { ...scarce, olderUntilMs: 1_000_000 },
    withinSeeds: 20,
  },
  {
    name: 'no-compaction-under-the-quota',
    meaning: 'history keeps what was deleted as long as its own bounds allow, although the quota is used up',
    edits: [
      {
        file: 'src/replica/housekeeping.ts',
        find: 'return presses(machine) ?',
        replace: 'return machine.revision < 0 && presses(machine) ?',
      },
    ],
    foundBy: ['liveness: history gives way to the quota'],
    focus: scarce,
    withinSeeds: 20,
  },
];
