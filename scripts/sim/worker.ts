// One process of a sweep: runs the seeds that it is sent, one at a time, until it is sent no more.
import { type SweepResult, type SweepTask, sweep } from '../../src/testing/simulation/sweep.ts';

export type WorkerTask = SweepTask;
export type WorkerAnswer = SweepResult;

process.on('message', (task: WorkerTask) => {
  const { runs, events, virtualMs, wallMs, cpuMs, faults, coverage, failures } = sweep(task);
  const answer: WorkerAnswer = { runs, events, virtualMs, wallMs, cpuMs, faults, coverage, failures };
  process.send?.(answer);
});
