import { defaultTiming, type PaxosTiming } from '../../../paxos/timing.ts';
import type { RandomStream } from '../prng.ts';

/** The timing that the product ships with, or a hastier one in which more elections fit into a run. */
export function drawTiming(stream: RandomStream): PaxosTiming {
  if (stream.chance(0.4)) return defaultTiming;
  return {
    ...defaultTiming,
    heartbeatMs: stream.pick([20, 50]),
    silenceMsLow: 300,
    silenceMsHigh: stream.pick([400, 600]),
    greetingWaitMs: stream.pick([200, 1_000]),
    retryMs: stream.pick([20, 100]),
    retryMsHigh: 400,
    hintMs: stream.pick([50, 500]),
    transferMs: 400,
  };
}
