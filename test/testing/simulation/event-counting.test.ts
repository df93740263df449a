import { afterEach, expect, test, vi } from 'vitest';
import { ClientCore } from '../../../src/client/core/client-core.ts';
import { Replica } from '../../../src/replica/replica.ts';
import { drawPlan } from '../../../src/testing/simulation/run-plan.ts';
import { runPlan } from '../../../src/testing/simulation/run-simulation.ts';
import { SimulatedDisk } from '../../../src/testing/simulation/world/disk.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

/** Counts, from outside of the simulator, what it should count. */
function countedFromOutside(): { steps: number; clientSteps: number; completions: number } {
  const counts = { steps: 0, clientSteps: 0, completions: 0 };
  const { step } = Replica.prototype;
  vi.spyOn(Replica.prototype, 'step').mockImplementation(function (this: Replica, input, ...rest) {
    if (input.type !== 'endOfTurn') counts.steps += 1;
    step.call(this, input, ...rest);
  });
  const clientStep = ClientCore.prototype.step;
  vi.spyOn(ClientCore.prototype, 'step').mockImplementation(function (this: ClientCore, instant, input, effects) {
    if (input.type !== 'endOfTurn') counts.clientSteps += 1;
    clientStep.call(this, instant, input, effects);
  });
  const { write, read } = SimulatedDisk.prototype;
  vi.spyOn(SimulatedDisk.prototype, 'write').mockImplementation(function (this: SimulatedDisk, record, written) {
    write.call(this, record, (failure) => {
      counts.completions += 1;
      written(failure);
    });
  });
  vi.spyOn(SimulatedDisk.prototype, 'read').mockImplementation(function (this: SimulatedDisk, from, to, bytes, done) {
    read.call(this, from, to, bytes, (slots) => {
      counts.completions += 1;
      done(slots);
    });
  });
  return counts;
}

test.each([0, 0.5, 1])(
  'events are steps of cores and completions of disks, with %d of the clients on the SDK',
  (sdkRate) => {
    const counts = countedFromOutside();
    const plan = drawPlan(5, { sdkRate, clients: 4, faults: [['crash', 1]], faultIntervalMs: 700 });
    const { events, violation } = runPlan(plan);
    expect(violation).toBeUndefined();
    const { steps, clientSteps, completions } = counts;
    expect(steps).toBeGreaterThan(1_000);
    expect(completions).toBeGreaterThan(50);
    expect(clientSteps > 0).toBe(sdkRate > 0);
    expect(events).toBe(steps + clientSteps + completions);
  },
);
