import type { RecipeName } from '../../src/testing/simulation/recipes/scenarios.ts';
import type { PlantedBug } from './mutant.ts';

/** One that simulated programs over a recipe must find. */
export interface RecipeMutant extends PlantedBug {
  /** Whose programs look for it. */
  readonly recipe: RecipeName;
  /** The invariants that may find it. */
  readonly foundBy: readonly string[];
  /** It is found among so many seeds, the first of which is 1. */
  readonly withinSeeds: number;
}

/** Breaks what recipes promise to programs that die, are cut off, or do not know whether they still hold what they held. */
export const recipeMutants: readonly RecipeMutant[] = [
  {
    name: 'any-lease-acknowledges',
    meaning: 'a worker that has lost its lease acknowledges the task under the lease of another',
    edits: [
      {
        file: 'src/recipes/leased-task.ts',
        find: "const isLeased: Condition = cond.createRevision(this.#lease, '=', this.token);",
        replace: 'const isLeased: Condition = cond.exists(this.#lease);',
      },
    ],
    recipe: 'queue',
    foundBy: ['only the newest lease acknowledges', 'a task is acknowledged once, and none is lost'],
    withinSeeds: 40,
  },
  {
    name: 'task-lost-with-its-worker',
    meaning: 'a task that is handed out is taken out of the queue, and dies with its worker',
    edits: [
      {
        file: 'src/recipes/queue.ts',
        find: 'op.get(this.#keys.task(id)),\n          op.get(this.#keys.checkpoint(id)),',
        replace:
          'op.get(this.#keys.task(id)),\n          op.get(this.#keys.checkpoint(id)),\n          op.delete(this.#keys.task(id)),',
      },
    ],
    recipe: 'queue',
    foundBy: ['a task is acknowledged once, and none is lost'],
    withinSeeds: 20,
  },
  {
    name: 'result-before-the-end',
    meaning: 'the result of a task is written, and the task is acknowledged only then: it may be run again in between',
    edits: [
      {
        file: 'src/recipes/pool-worker.ts',
        find: 'await persistently(() => task.acknowledge({ with: [told] }), task.signal);',
        replace:
          'await this.#parts.client.txn({ if: [], then: [told] });\n    await persistently(() => task.acknowledge(), task.signal);',
      },
    ],
    recipe: 'workerPool',
    foundBy: ['the attempt that counts is the last one'],
    withinSeeds: 40,
  },
  {
    name: 'barrier-does-not-wait-for-all',
    meaning: 'a round is passed when all but one have arrived',
    edits: [
      {
        file: 'src/recipes/rendezvous.ts',
        find: '} else if (round.arrived.length >= this.parties) {',
        replace: '} else if (round.arrived.length >= this.parties - 1) {',
      },
    ],
    recipe: 'doubleBarrier',
    foundBy: ['nobody enters a double barrier before all'],
    withinSeeds: 20,
  },
  {
    name: 'leaves-without-the-others',
    meaning: 'a party leaves as soon as one other has left',
    edits: [
      {
        file: 'src/recipes/rendezvous.ts',
        find: 'parties.some((party) => view.has(prefix + encodeURIComponent(party))) ? undefined : true;',
        replace: 'parties.every((party) => view.has(prefix + encodeURIComponent(party))) ? undefined : true;',
      },
    ],
    recipe: 'doubleBarrier',
    foundBy: ['nobody leaves a double barrier before all'],
    withinSeeds: 40,
  },
  {
    name: 'latch-opens-early',
    meaning: 'a latch is open when all but one have counted down',
    edits: [
      {
        file: 'src/recipes/latch.ts',
        find: 'let remaining = this.count;',
        replace: 'let remaining = this.count - 1;',
      },
    ],
    recipe: 'latch',
    foundBy: ['a latch opens when all have counted down'],
    withinSeeds: 40,
  },
  {
    name: 'group-skips-a-change',
    meaning: 'what happens in a group right after it was read is not followed',
    edits: [
      {
        file: 'src/recipes/group.ts',
        find: 'fromRevision: revision + 1 });',
        replace: 'fromRevision: revision + 2 });',
      },
    ],
    recipe: 'group',
    foundBy: ['everybody sees the same of a group'],
    withinSeeds: 40,
  },
  {
    name: 'partition-released-at-work',
    meaning: 'the lock of a partition is released when it is to be given up, although the work has not ended',
    edits: [
      {
        file: 'src/recipes/owned-partition.ts',
        find: 'await this.#work({ partition: this.#partition,',
        replace: 'void this.#work({ partition: this.#partition,',
      },
    ],
    recipe: 'partitions',
    foundBy: ['a partition has one owner at a time'],
    withinSeeds: 20,
  },
  {
    name: 'told-before-it-is-decided',
    meaning: 'the participants are told to commit although the decision is written nowhere',
    edits: [
      {
        file: 'src/recipes/two-phase.ts',
        find: 'const decided = await this.#decided(lock, id, record, wanted);',
        replace: 'const decided: TransactionRecord = { ...record, state: wanted };',
      },
    ],
    recipe: 'twoPhase',
    foundBy: ['all participants hear the same decision'],
    withinSeeds: 20,
  },
  {
    name: 'survivor-commits-the-undecided',
    meaning: 'whoever recovers a transaction that is not decided commits it',
    edits: [
      {
        file: 'src/recipes/two-phase-recovery.ts',
        find: "await this.#records.decide(lock, id, record, 'rollingBack');",
        replace: "await this.#records.decide(lock, id, record, 'committing');",
      },
    ],
    recipe: 'twoPhase',
    foundBy: ['all participants hear the same decision', 'the caller is told what was decided'],
    withinSeeds: 40,
  },
  {
    name: 'unknown-taken-for-rolled-back',
    meaning: 'a coordinator that does not know whether it has decided says that it is rolled back',
    edits: [
      {
        file: 'src/recipes/two-phase.ts',
        find: "if (state === 'committing' && mayHaveDecided) throw unknownOutcome(id);",
        replace: '',
      },
    ],
    recipe: 'twoPhase',
    foundBy: ['the caller is told what was decided'],
    withinSeeds: 500,
  },
  {
    name: 'counted-twice',
    meaning: 'what a striped counter adds is added again when the answer is lost',
    edits: [
      {
        file: 'src/recipes/striped-counter.ts',
        find: '        await this.#commit(batch.amount);\n',
        replace: [
          '        await this.#commit(batch.amount).catch(() => {',
          '          this.#entry = undefined;',
          '          return this.#commit(batch.amount);',
          '        });',
          '',
        ].join('\n'),
      },
    ],
    recipe: 'stripedCounter',
    foundBy: ['the total is what was added'],
    withinSeeds: 40,
  },
  {
    name: 'synced-read-does-not-wait',
    meaning: 'a synced read of a cache returns what is shown, before the cache has caught up',
    edits: [
      {
        file: 'src/recipes/cache.ts',
        find: 'const needed = stored?.modRevision ?? revision;',
        replace: 'const needed = Math.min(0, stored?.modRevision ?? revision);',
      },
    ],
    recipe: 'cache',
    foundBy: ['a synced read is never stale'],
    withinSeeds: 40,
  },
  {
    name: 'mark-ahead-of-the-view',
    meaning: 'the progress mark of a cache follows the watch, although the view has not come so far',
    edits: [
      {
        file: 'src/recipes/cache.ts',
        find: 'const revision = shown >= this.#changeRevision ? Math.max(shown, this.#markRevision) : shown;',
        replace: 'const revision = Math.max(shown, this.#markRevision);',
      },
    ],
    recipe: 'cache',
    foundBy: ['a cache shows everything up to its mark', 'a synced read is never stale'],
    withinSeeds: 40,
  },
];
