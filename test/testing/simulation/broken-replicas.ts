import { mix } from '../../../src/testing/simulation/prng.ts';
import {
  type RunOptions,
  runSimulation,
  type SimulationReport,
} from '../../../src/testing/simulation/run-simulation.ts';
import {
  createRealReplica,
  type ReplicaFactory,
  type SimulatedReplica,
} from '../../../src/testing/simulation/world/replica-adapter.ts';

/** The first seed with which they fail. */
export function failingRun(options: RunOptions): SimulationReport {
  for (let seed = 1; seed <= 50; seed++) {
    const report = runSimulation(seed, options);
    if (report.violation !== undefined) return report;
  }
  throw new Error('no seed fails');
}

type Step = SimulatedReplica['step'];

/** The product's replica, with another step around its own. */
function withStep(change: (step: Step) => Step): ReplicaFactory {
  return (node, setup, seed) => {
    const replica = createRealReplica(node, setup, seed);
    const step = change(replica.step.bind(replica));
    return Object.defineProperty(replica, 'step', { value: step });
  };
}

/** After a restart it has forgotten whatever it promised and accepted. */
export const forgetful = withStep((step) => (input, instant, effects) => {
  if (input.type !== 'restore') step(input, instant, effects);
});

/** Past its first hundred ticks, counted over all runs, it swallows some, without a pattern: no run is like another. */
export function unrepeatable(): ReplicaFactory {
  let ticks = 0;
  return withStep((step) => (input, instant, effects) => {
    if (input.type === 'tick') ticks += 1;
    if (input.type !== 'tick' || ticks <= 100 || mix(ticks, 1) % 2 === 0) step(input, instant, effects);
  });
}

/** Looks at a clock of the process now and then. */
export const impure = withStep((step) => (input, instant, effects) => {
  if (input.type === 'tick') Date.now();
  step(input, instant, effects);
});
