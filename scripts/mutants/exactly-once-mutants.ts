import type { ConfigOverrides } from '../../src/testing/simulation/config.ts';
import { type Mutant, ownAssertion } from './mutant.ts';

/** Answers that are lost, so that commands come again. */
const lostAnswers: ConfigOverrides = {
  faults: [
    ['clientReset', 3],
    ['isolateLeader', 1],
    ['transfer', 1],
  ],
  operations: [
    ['put', 1],
    ['counterAdd', 2],
    ['compareAndSwap', 1],
    ['counterGet', 1],
  ],
  faultIntervalMs: 300,
  outstanding: 16,
};

const differs = [
  'state equals the model',
  'whole state equals the model',
  'states are equal',
  'results are equal',
  'results equal the model',
  'result equals the model',
  'a repetition has the first answer',
] as const;

/** Breaks "each command once, in the order of its session". */
export const exactlyOnceMutants: readonly Mutant[] = [
  {
    name: 'command-carried-out-again',
    meaning: 'a command that comes again is carried out again',
    edits: [
      {
        file: 'src/machine/machine.ts',
        find: '    if (sequence <= lastSequence) {',
        replace: [
          '    if (sequence <= lastSequence) {',
          '      return this.#answer(operation, execute(this.#state, session, sequence, body, consequences));',
        ].join('\n'),
      },
    ],
    foundBy: [...differs, ownAssertion],
    focus: lostAnswers,
    withinSeeds: 20,
  },
  {
    name: 'counter-incremented-twice-on-retry',
    meaning: 'a retry of an increment increments again, and is answered with the new block',
    edits: [
      {
        file: 'src/replica/command-router.ts',
        find: 'if (remembered !== undefined) {',
        replace: "if (remembered !== undefined && operation.body.kind !== 'counterAdd') {",
      },
      {
        file: 'src/machine/machine.ts',
        find: '    if (sequence <= lastSequence) {',
        replace: [
          '    if (sequence <= lastSequence) {',
          "      if (body.kind === 'counterAdd') {",
          '        return this.#answer(operation, execute(this.#state, session, sequence, body, consequences));',
          '      }',
        ].join('\n'),
      },
    ],
    foundBy: differs,
    focus: lostAnswers,
    withinSeeds: 20,
  },
  {
    name: 'results-dropped-unacknowledged',
    meaning: 'the next command of a session counts as the acknowledgement of all before it',
    edits: [
      {
        file: 'src/machine/machine.ts',
        find: 'this.#state.sessions.take(session, acknowledged, applied.result);',
        replace: 'this.#state.sessions.take(session, sequence - 1, applied.result);',
      },
    ],
    foundBy: ['the state knows its size', ...differs, 'revision equals the model', 'honest failure', ownAssertion],
    focus: lostAnswers,
    withinSeeds: 60,
  },
  {
    name: 'out-of-order-accepted',
    meaning: 'a command is carried out although those before it have not come',
    edits: [
      {
        file: 'src/machine/machine.ts',
        find: 'if (sequence !== lastSequence + 1) {',
        replace: 'if (sequence <= lastSequence) {',
      },
    ],
    foundBy: [...differs, ownAssertion],
    focus: lostAnswers,
    withinSeeds: 60,
  },
  {
    name: 'forwarded-and-refused',
    meaning:
      'a node refuses a command for which it has found no leader for a while, although it has sent it to one before',
    edits: [
      {
        file: 'src/replica/command-router.ts',
        find: '!attempted && nowMs - arrivedMs > noLeaderMs',
        replace: 'nowMs - arrivedMs > noLeaderMs',
      },
    ],
    foundBy: ['honest failure'],
    focus: { ...lostAnswers, sdkRate: 1, faultDurationMs: 1_500 },
    withinSeeds: 60,
  },
  {
    name: 'operations-in-another-order',
    meaning: 'one node carries out the operations of a slot in another order',
    edits: [
      {
        file: 'src/replica/replica.ts',
        find: "import { encodeOpenBallot } from './housekeeping.ts';",
        replace: [
          "import { encodeOpenBallot } from './housekeeping.ts';",
          "import { decodeBatch, encodeBatch } from '../wire/batch-codec.ts';",
        ].join('\n'),
      },
      {
        file: 'src/replica/replica.ts',
        find: 'this.#onApplied(this.machine.apply(slot, value));',
        replace: [
          "const batch = this.#nodeId === 'n1' ? encodeBatch(decodeBatch(value).reverse()) : value;",
          'this.#onApplied(this.machine.apply(slot, batch));',
        ].join('\n'),
      },
    ],
    foundBy: [...differs, 'agreement', ownAssertion],
    withinSeeds: 20,
  },
  {
    name: 'batch-cuts-its-commands',
    meaning: 'of several commands that share a slot, each loses its last byte',
    edits: [
      {
        file: 'src/replica/proposal-queue.ts',
        find: 'slice(this.#head, end)]);',
        replace: 'slice(this.#head, end).map((bytes) => (end - this.#head > 1 ? bytes.slice(0, -1) : bytes))]);',
      },
    ],
    foundBy: ['chosen commands were submitted'],
    withinSeeds: 20,
  },
  {
    name: 'counter-keeps-another-value',
    meaning: 'at every fifth revision a counter keeps one more than was said',
    edits: [
      {
        file: 'src/machine/commands.ts',
        find: 'state.counters.set(name, last);',
        replace: 'state.counters.set(name, state.history.revision % 5 === 0 ? last + 1n : last);',
      },
    ],
    foundBy: ['whole state equals the model', 'results equal the model'],
    withinSeeds: 20,
  },
];
