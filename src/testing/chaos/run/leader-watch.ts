import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeReport } from '../../../rpc/admin-client.ts';
import type { LeaderSample } from './chaos-report.ts';

const everyMs = 250;

/** Asks all nodes again and again who leads, and keeps what has changed. */
export class LeaderWatch {
  readonly #samples: LeaderSample[] = [];
  readonly #done: Promise<void>;
  #stopped = false;

  /** `nowMs`: since the run's start. */
  constructor(reports: () => Promise<ReadonlyMap<string, NodeReport>>, nowMs: () => number) {
    this.#done = this.#run(reports, nowMs);
  }

  get samples(): readonly LeaderSample[] {
    return this.#samples;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }

  async #run(reports: () => Promise<ReadonlyMap<string, NodeReport>>, nowMs: () => number): Promise<void> {
    while (!this.#stopped) {
      const atMs = nowMs();
      const answers = await reports();
      const leaders = [...answers.values()].filter(({ state }) => state === 'leader');
      // A deposed leader that has not heard of it answers, too: the higher ballot counts.
      const leader = leaders.sort((a, b) => b.ballot.round - a.ballot.round)[0]?.nodeId;
      this.#keep({ atMs: Math.round(atMs), leader, answering: [...answers.keys()] });
      await sleep(everyMs);
    }
  }

  #keep(sample: LeaderSample): void {
    const last = this.#samples.at(-1);
    const isSame = last?.leader === sample.leader && last?.answering.join() === sample.answering.join();
    if (!isSame) this.#samples.push(sample);
  }
}
