// Runs in a copy of the project in which a bug is planted: seed after seed, until one fails. Prints one line of JSON.
import { type SweepFailure, type SweepTask, sweep } from '../../src/testing/simulation/sweep.ts';

export interface WorkerResult {
  /** Up to and including the failing one. */
  readonly runs: number;
  readonly failure: SweepFailure | undefined;
}

const { runs, failures } = sweep(JSON.parse(process.argv[2] ?? '') as SweepTask);
const result: WorkerResult = { runs, failure: failures[0] };
process.stdout.write(`${JSON.stringify(result)}\n`);
