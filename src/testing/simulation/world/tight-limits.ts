import { paxosLimits } from '../../../paxos/timing.ts';
import type { RandomStream } from '../prng.ts';

type Limits = { -readonly [Name in keyof typeof paxosLimits]: number };

/**
 * What the product does only at its limits, it would hardly ever do in a run of some seconds. So in some runs the limits are drawn
 * as well (FoundationDB does that with its knobs). Returns the way back.
 */
export function tightenLimits(stream: RandomStream): () => void {
  const limits: Limits = paxosLimits;
  const shipped = { ...paxosLimits };
  const openSlots = stream.pick([2, 8, 64]);
  Object.assign(limits, {
    openSlots,
    acceptWindowSlots: 2 * openSlots,
    inFlightSlots: stream.pick([1, 4, 128]),
    messageBytes: stream.pick([60, 2_000, 1024 * 1024]),
    fetchSlots: stream.pick([20, 1024]),
    unwrittenBytes: stream.pick([2_000, 16 * 1024 * 1024]),
    retainedSlots: stream.pick([1, 20, 10_000]),
    retainedBytes: stream.pick([100, 5_000, 64 * 1024 * 1024]),
  } satisfies Partial<Limits>);
  return () => {
    Object.assign(limits, shipped);
  };
}
