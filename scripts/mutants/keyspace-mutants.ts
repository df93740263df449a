import type { ConfigOverrides } from '../../src/testing/simulation/config.ts';
import type { Mutant } from './mutant.ts';

const writers: ConfigOverrides = {
  operations: [
    ['put', 1],
    ['nestedTransaction', 3],
    ['putIfAbsent', 2],
    ['createSequential', 2],
    ['closeSession', 1],
  ],
  keys: 2,
};

const readersOfThePast: ConfigOverrides = {
  operations: [
    ['put', 2],
    ['delete', 2],
    ['count', 3],
    ['rangeDescending', 3],
  ],
};

/** Breaks what is promised of transactions within each other, of conditional writes, and of the ways to read a range. */
export const keyspaceMutants: readonly Mutant[] = [
  {
    name: 'nested-condition-sees-the-past',
    meaning: 'the conditions of a transaction within another look at what was there before both',
    edits: [
      {
        file: 'src/machine/transaction.ts',
        find: 'conditionHolds(state, scratch, condition)',
        replace: 'conditionHolds(state, state.keyspace, condition)',
      },
    ],
    foundBy: ['results equal the model', 'state equals the model', 'whole state equals the model'],
    focus: writers,
    withinSeeds: 10,
  },
  {
    name: 'number-comes-again-after-a-deletion',
    meaning: 'the number of a new key is how many keys there are',
    edits: [
      {
        file: 'src/machine/key-commands.ts',
        find: 'sequentialNumber(state.history.revision + 1)',
        replace:
          "sequentialNumber(state.keyspace.count({ from: body.prefix, to: 'unbounded' }, state.history.revision) + 1)",
      },
    ],
    foundBy: ['results equal the model', 'state equals the model', 'whole state equals the model'],
    focus: writers,
    withinSeeds: 10,
  },
  {
    name: 'refused-put-takes-a-revision',
    meaning: 'a put that is refused, since there is such a key, raises the revision',
    edits: [
      {
        file: 'src/machine/key-commands.ts',
        find: '  if (body.ifAbsent === true && found !== undefined) return',
        replace: [
          '  if (body.ifAbsent === true && found !== undefined) state.history.advance();',
          '  if (body.ifAbsent === true && found !== undefined) return',
        ].join('\n'),
      },
    ],
    foundBy: ['state equals the model'],
    focus: writers,
    withinSeeds: 10,
  },
  {
    name: 'range-of-the-past-without-what-is-gone',
    meaning: 'a range of the past, read backwards, leaves out keys that have been deleted since',
    edits: [
      {
        file: 'src/machine/keyspace.ts',
        find: 'withDeleted: !newest }',
        replace: "withDeleted: !newest && order === 'ascending' }",
      },
    ],
    foundBy: ['read equals the model'],
    focus: readersOfThePast,
    withinSeeds: 30,
  },
  {
    name: 'count-of-the-past-shows-the-present',
    meaning: 'a count of keys as they were counts those that are there now',
    edits: [
      {
        file: 'src/machine/keyspace.ts',
        find: 'for (let later = revision + 1; later',
        replace: 'for (let later = this.#history.revision + 1; later',
      },
    ],
    foundBy: ['read equals the model'],
    focus: readersOfThePast,
    withinSeeds: 30,
  },
  {
    name: 'watches-skip-what-a-client-forgot',
    meaning: 'watches are told nothing of what was forgotten in the slot in which it was done',
    edits: [
      {
        file: 'src/replica/watch-hub.ts',
        find: 'if (this.#machine.compactedRevision > this.#dispatched) this.#fallBehind();',
        replace:
          'if (this.#machine.compactedRevision > this.#dispatched) this.#dispatched = this.#machine.compactedRevision;',
      },
    ],
    foundBy: ['watch is gap-free'],
    focus: {
      operations: [
        ['put', 2],
        ['compactHistory', 4],
        ['watch', 1],
      ],
      clients: 4,
      thinkMs: 30,
      keys: 2,
    },
    withinSeeds: 10,
  },
];
