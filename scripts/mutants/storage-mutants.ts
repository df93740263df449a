import type { ConfigOverrides } from '../../src/testing/simulation/config.ts';
import { type Mutant, ownAssertion } from './mutant.ts';

/** Nodes that crash while they write, and come back at once. */
const crashes: ConfigOverrides = {
  faults: [
    ['crash', 3],
    ['crashMidTurn', 1],
    ['powerLoss', 1],
    ['transfer', 1],
  ],
  operations: [
    ['put', 3],
    ['counterAdd', 1],
  ],
  faultIntervalMs: 300,
  diskJitterUs: 20_000,
};

/** Breaks what is written, when it counts as written, and what is made of it after a restart. */
export const storageMutants: readonly Mutant[] = [
  {
    name: 'fsync-forgotten',
    meaning: 'what is to be durable counts as durable when its write begins',
    edits: [
      {
        file: 'src/paxos/log.ts',
        find: 'return entry.sequence !== 0 && entry.sequence <= durableSequence;',
        replace: 'return entry.sequence !== 0;',
      },
    ],
    foundBy: ['persist before speak', 'chosen is chosen', 'only chosen values are applied'],
    withinSeeds: 20,
  },
  {
    name: 'fsync-failure-ignored',
    meaning: 'a node whose disk has failed to write a record goes on as if it had',
    edits: [
      {
        file: 'src/paxos/paxos.ts',
        find: 'onPersistFailed(sequence: number, code: string, effects: PaxosEffect[]): void {',
        replace: [
          'onPersistFailed(sequence: number, code: string, effects: PaxosEffect[]): void {',
          '    if (sequence > 0) return this.onPersisted(sequence, effects);',
        ].join('\n'),
      },
    ],
    foundBy: ['persist before speak', 'the journal has no hole', 'chosen is chosen', 'only chosen values are applied'],
    focus: { faults: [['persistFailure', 1]], faultIntervalMs: 300 },
    withinSeeds: 20,
  },
  {
    name: 'promise-sent-before-durable',
    meaning: 'a promise leaves with the record that holds it, not after it',
    edits: [
      {
        file: 'src/paxos/paxos.ts',
        find: 'if (cutRecord(state, effects)) fixPromise(state);',
        replace: [
          'if (!cutRecord(state, effects)) return;',
          'fixPromise(state);',
          'for (const message of state.owedPromise?.parts ?? []) {',
          "  effects.push({ type: 'send', to: state.owedPromise?.to ?? state.options.nodeId, message });",
          '}',
        ].join('\n'),
      },
    ],
    foundBy: ['persist before speak'],
    withinSeeds: 20,
  },
  {
    name: 'promise-not-persisted',
    meaning: 'a record holds the promise before the one that was made',
    edits: [
      {
        file: 'src/paxos/journal.ts',
        find: ['    sequence,', '    promised,', '    chosenThrough,', '    trimmedThrough,'].join('\n'),
        replace: [
          '    sequence,',
          '    promised: state.durablePromised,',
          '    chosenThrough,',
          '    trimmedThrough,',
        ].join('\n'),
      },
    ],
    foundBy: ['persist before speak', 'accepted as promised'],
    withinSeeds: 20,
  },
  {
    name: 'promise-forgotten-on-restart',
    meaning: 'a node that restarts remembers no promise',
    edits: [
      {
        file: 'src/paxos/journal.ts',
        find: 'if (compareBallots(record.promised, state.promised) > 0) state.promised = record.promised;',
        replace: "state.promised = { round: 0, nodeId: '' };",
      },
    ],
    foundBy: ['promises rise'],
    focus: crashes,
    withinSeeds: 20,
  },
  {
    name: 'chosen-forgotten-on-restart',
    meaning: 'a node that restarts does not remember which slots it knew to be chosen',
    edits: [
      {
        file: 'src/paxos/journal.ts',
        find: 'if (record.chosenThrough > chosenBefore) state.chosenThrough = record.chosenThrough;',
        replace: '',
      },
    ],
    foundBy: ['watermarks rise'],
    focus: crashes,
    withinSeeds: 20,
  },
  {
    name: 'ballot-reused-after-restart',
    meaning: 'a node that restarts makes the ballot again that it used last',
    edits: [
      {
        file: 'src/paxos/journal.ts',
        find: 'if (compareBallots(record.promised, state.promised) > 0) state.promised = record.promised;',
        replace: [
          'const { round, nodeId } = record.promised;',
          'state.promised = nodeId === state.options.nodeId ? { round: round - 1, nodeId } : record.promised;',
        ].join('\n'),
      },
    ],
    foundBy: ['promises rise', 'one value per ballot and slot', 'phase 1 comes first'],
    focus: crashes,
    withinSeeds: 20,
  },
  {
    name: 'record-holds-one-slot',
    meaning: 'of several slots that were accepted since the last record, only the first is written',
    edits: [
      {
        file: 'src/paxos/journal.ts',
        find: 'accepted.push({ slot, ballot: entry.ballot, value: entry.value, chosen: entry.chosen });',
        replace: [
          'if (accepted.length > 0) continue;',
          'accepted.push({ slot, ballot: entry.ballot, value: entry.value, chosen: entry.chosen });',
        ].join('\n'),
      },
    ],
    foundBy: ['persist before speak', 'a chosen prefix has its values', 'only chosen values are applied'],
    focus: { operations: [['put', 1]], outstanding: 16, diskJitterUs: 20_000 },
    withinSeeds: 20,
  },
  {
    name: 'oldest-value-restored',
    meaning: 'a node that restarts remembers of each slot what it accepted first',
    edits: [
      {
        file: 'src/paxos/journal.ts',
        find: 'if (entry !== undefined && supersedes(entry, { ballot, chosen })) return;',
        replace: 'if (entry !== undefined) return;',
      },
    ],
    foundBy: [
      'agreement',
      'proposals follow phase 1',
      'chosen values are stable',
      'only chosen values are applied',
      'persist before speak',
      ownAssertion,
    ],
    focus: {
      ...crashes,
      faults: [
        ['isolateLeader', 2],
        ['powerLoss', 2],
        ['crash', 2],
      ],
      outstanding: 16,
      linkJitterUs: 10_000,
    },
    withinSeeds: 60,
  },
  {
    name: 'evicted-before-durable',
    meaning: 'a value leaves memory although it is not on the disk yet',
    edits: [
      {
        file: 'src/paxos/log.ts',
        find: 'if (oldest === undefined || !isDurable(oldest, state.durableSequence)) return;',
        replace: 'if (oldest === undefined) return;',
      },
    ],
    foundBy: [ownAssertion, 'persist before speak', 'a chosen prefix has its values'],
    focus: { tightLimits: true, outstanding: 16, diskJitterUs: 20_000 },
    withinSeeds: 20,
  },
  {
    name: 'results-lost-on-restart',
    meaning: 'a node that restarts does not remember the results of commands',
    edits: [
      {
        file: 'src/machine/machine.ts',
        find: '  get sessionCount(): number {',
        replace: [
          '  forgetResults(): void {',
          '    for (const session of this.#state.sessions.all()) session.results.length = 0;',
          '  }',
          '',
          '  get sessionCount(): number {',
        ].join('\n'),
      },
      {
        file: 'src/replica/replica.ts',
        find: ['        this.#booted = true;', '        this.paxos.boot(paxosEffects);'].join('\n'),
        replace: [
          '        this.#booted = true;',
          '        this.machine.forgetResults();',
          '        this.paxos.boot(paxosEffects);',
        ].join('\n'),
      },
    ],
    foundBy: [
      'states are equal',
      'state equals the model',
      'whole state equals the model',
      'results are equal',
      'results equal the model',
      'a state is sound',
      'what was written whole can be used',
      ownAssertion,
    ],
    focus: crashes,
    withinSeeds: 20,
  },
];
