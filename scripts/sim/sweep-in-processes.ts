import { type ChildProcess, fork } from 'node:child_process';
import { resolve } from 'node:path';
import type { ConfigOverrides } from '../../src/testing/simulation/config.ts';
import { brokenRun, type SweepFailure, type SweepTotals } from '../../src/testing/simulation/sweep.ts';
import type { WorkerAnswer, WorkerTask } from './worker.ts';

/** A run takes a fraction of a second; one that takes so long has no end. */
const longestRunMs = 120_000;

export interface ProcessSweep {
  readonly firstSeed: number;
  /** Infinite: as many as there are. */
  readonly seeds: number;
  readonly overrides: ConfigOverrides;
  readonly jobs: number;
  readonly keepGoing: boolean;
  /** No seed is dealt any more once this says so. */
  readonly isOver: () => boolean;
}

/** Deals out the seeds, one at a time, to as many processes; into `totals`, so that others may look on. */
export async function sweepInProcesses(options: ProcessSweep, totals: SweepTotals): Promise<void> {
  const dealer = new SeedDealer(options, totals);
  await Promise.all(Array.from({ length: options.jobs }, () => workUntilDone(dealer)));
}

class SeedDealer {
  readonly #options: ProcessSweep;
  readonly #totals: SweepTotals;
  #dealt = 0;

  constructor(options: ProcessSweep, totals: SweepTotals) {
    this.#options = options;
    this.#totals = totals;
  }

  next(): WorkerTask | undefined {
    const { firstSeed, seeds, overrides, keepGoing, isOver } = this.#options;
    if (this.#dealt >= seeds || isOver()) return undefined;
    if (this.#totals.failures.length > 0 && !keepGoing) return undefined;
    const task = { firstSeed: firstSeed + this.#dealt, runs: 1, overrides };
    this.#dealt += 1;
    return task;
  }

  onAnswer(answer: WorkerAnswer): void {
    this.#totals.add(answer);
  }

  onLost(seed: number, why: string): void {
    const failure: SweepFailure = { seed, invariant: brokenRun, detail: why };
    const nothing = { events: 0, virtualMs: 0, wallMs: 0, cpuMs: 0, faults: [], coverage: [] };
    this.#totals.add({ ...nothing, runs: 1, failures: [failure] });
  }
}

/** One process after the other: one that breaks down takes its seed with it, and the next goes on. */
async function workUntilDone(dealer: SeedDealer): Promise<void> {
  for (let task = dealer.next(); task !== undefined; ) task = await workInOneProcess(task, dealer);
}

/** @returns a task that is still to be done, after the process has broken down */
function workInOneProcess(first: WorkerTask, dealer: SeedDealer): Promise<WorkerTask | undefined> {
  const worker = fork(resolve(import.meta.dirname, 'worker.ts'));
  let task: WorkerTask | undefined = first;
  let watchdog: NodeJS.Timeout | undefined;
  let timedOut = false;
  const give = (): void => {
    clearTimeout(watchdog);
    if (task === undefined) {
      worker.disconnect();
      return;
    }
    watchdog = setTimeout(() => {
      timedOut = true;
      worker.kill('SIGKILL');
    }, longestRunMs);
    worker.send(task);
  };
  worker.on('message', (answer: WorkerAnswer) => {
    dealer.onAnswer(answer);
    task = dealer.next();
    give();
  });
  give();
  return ended(worker).then((how) => {
    clearTimeout(watchdog);
    if (task === undefined) return undefined;
    const why = timedOut ? `the run has not ended within ${longestRunMs / 1000} s` : `its process ended with ${how}`;
    dealer.onLost(task.firstSeed, why);
    return dealer.next();
  });
}

function ended(worker: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    worker.on('error', reject);
    worker.on('exit', (code, signal) => resolve(signal ?? `code ${code}`));
  });
}
