import { setTimeout as sleep } from 'node:timers/promises';
import { type Running, type WorkerPool, workerPool } from '../../../recipes/index.ts';
import type { Participant, ScenarioFactory } from './scenario.ts';

interface Outcome {
  readonly doubled: number;
  /** Of the attempt that brought it. */
  readonly token: number;
}

const options = { attempts: 5 } as const;

/** Programs that give tasks to a pool and work in it, and die in either role. */
export const poolScenario: ScenarioFactory = ({ witness, places }) => {
  /** Of all attempts at a task, by its number. */
  const tokens = new Map<number, Set<number>>();
  /** By program. */
  const awaited = new Map<string, number>();
  let lastNumber = 0;
  return {
    async participate(participant) {
      const pool = workerPool<number, Outcome>(participant.client, 'pool', options);
      await Promise.all([execute(participant, pool), work(participant, pool)]);
      throw new Error('nobody works any more');
    },
    isAtRest: async ({ client }) => {
      const isAwaited = [...awaited].some(([name, count]) => count > 0 && witness.isRunning(name));
      const { waiting, running } = await workerPool<number, Outcome>(client, 'pool', options).state();
      return !isAwaited && waiting + running === 0;
    },
  };

  async function execute({ name, stream }: Participant, pool: WorkerPool<number, Outcome>): Promise<void> {
    while (!witness.faultsAreOver) {
      lastNumber += 1;
      const number = lastNumber;
      awaited.set(name, 1);
      const outcome = await witness.attempt(() => pool.execute(number, { priority: stream.between(0, 3) }));
      awaited.set(name, 0);
      if (outcome !== undefined) judge(number, outcome);
      await sleep(stream.exponential(50));
    }
  }

  function judge(number: number, { doubled, token }: Outcome): void {
    witness.hit('result of a pool');
    witness.expect(doubled === 2 * number, 'a result is that of the task', () => `${doubled} for ${number}`);
    const attempts = tokens.get(number) ?? new Set<number>();
    if (attempts.size > 1) witness.hit('task of a pool run again');
    const newest = Math.max(...attempts);
    const detail = () => `${number}: the result is of ${token}, and ${newest} was begun`;
    witness.expect(token === newest, 'the attempt that counts is the last one', detail);
  }

  async function work({ stream }: Participant, pool: WorkerPool<number, Outcome>): Promise<never> {
    for (;;) {
      const worker = pool.work((number, running) => run(number, running, stream.exponential(100), stream.chance(0.1)), {
        concurrency: places - 1,
      });
      await witness.attempt(() => worker.finished);
      await sleep(100);
    }
  }

  async function run(number: number, { token }: Running, durationMs: number, fails: boolean): Promise<Outcome> {
    const attempts = tokens.get(number) ?? new Set<number>();
    tokens.set(number, attempts);
    witness.expect(!attempts.has(token), 'each lease has a token of its own', () => `${number}: ${token}`);
    attempts.add(token);
    await sleep(durationMs);
    if (fails) throw new Error('it was not to be');
    return { doubled: 2 * number, token };
  }
};
