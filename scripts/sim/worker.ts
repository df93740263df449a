// One process of a sweep: runs the seeds that it is sent, one at a time, until it is sent no more.
import { type SweepResult, type SweepTask, sweep } from '../../src/testing/simulation/sweep.ts';

export type WorkerTask = SweepTask;
export type WorkerAnswer = SweepResult;

// Ctrl-C reaches the whole group of processes: the parent ends the sweep, and counts the run under way.
process.on('SIGINT', () => undefined);
// Without a parent nobody counts.
process.on('disconnect', () => process.exit());
process.on('message', (task: WorkerTask) => {
  const { runs, events, virtualMs, wallMs, cpuMs, faults, coverage, failures } = sweep(task);
  const answer: WorkerAnswer = { runs, events, virtualMs, wallMs, cpuMs, faults, coverage, failures };
  process.send?.(answer);
});
