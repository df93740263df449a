import type { ConfigOverrides } from '../../src/testing/simulation/config.ts';
import { type Mutant, ownAssertion } from './mutant.ts';

/** Few keys that change all the time, a short history, and checkpoints that take their time meanwhile. */
const overwriters: ConfigOverrides = {
  checkpointBytes: 1_500,
  faults: [['crash', 1]],
  operations: [
    ['put', 6],
    ['compactHistory', 2],
    ['get', 1],
  ],
  keys: 4,
  clients: 4,
  thinkMs: 20,
  diskJitterUs: 20_000,
};

/** A version is not what it was, or whoever looks at it is told that it is none: the machine itself, or what looks on. */
const whatIsRead = [
  'whole state equals the model',
  'read equals the model',
  'states are equal',
  'the simulation itself does not fail',
] as const;

/** Breaks how memory of versions is used again: somebody then reads what came to lie in the place of something else. */
export const slabMutants: readonly Mutant[] = [
  {
    name: 'slot-freed-under-a-checkpoint',
    meaning: 'memory that a checkpoint still reads is used again',
    edits: [
      {
        file: 'src/machine/slab-store.ts',
        find: 'if (!this.#holds.defer(id, revision)) this.#free(id);',
        replace: 'if (this.#holds.count < 1_000 || !this.#holds.defer(id, revision)) this.#free(id);',
      },
    ],
    foundBy: [...whatIsRead, ownAssertion, 'what was written whole can be used'],
    focus: overwriters,
    withinSeeds: 60,
  },
  {
    name: 'slot-freed-with-its-successor',
    meaning: 'the memory of a version is free as soon as another takes its place, though the past can still be read',
    edits: [
      {
        file: 'src/machine/keyspace.ts',
        find: '    const id = this.#keep(now);\n',
        replace: '    if (existed) this.versions.forget(before);\n    const id = this.#keep(now);\n',
      },
    ],
    foundBy: [...whatIsRead, ownAssertion, 'the state knows its size'],
    focus: overwriters,
    withinSeeds: 20,
  },
  {
    name: 'slot-given-twice',
    meaning: 'memory that was freed is given to two versions',
    edits: [
      {
        file: 'src/machine/slab.ts',
        find: 'this.#firstFree = this.words[linkOf(freed)] as number;',
        replace: 'this.#firstFree = freed;',
      },
    ],
    foundBy: [...whatIsRead, ownAssertion],
    focus: overwriters,
    withinSeeds: 20,
  },
  {
    name: 'checkpoint-never-released',
    meaning: 'a checkpoint that is written keeps memory from being used again for ever',
    edits: [
      {
        file: 'src/replica/checkpoint-desk.ts',
        find: 'this.#writing?.release();',
        replace: '',
      },
    ],
    foundBy: [ownAssertion],
    focus: overwriters,
    withinSeeds: 20,
  },
];
