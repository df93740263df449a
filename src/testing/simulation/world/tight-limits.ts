import { paxosLimits } from '../../../paxos/timing.ts';
import { connectionLimits } from '../../../replica/connections.ts';
import { replicaLimits } from '../../../replica/limits.ts';
import { limits as wireLimits } from '../../../wire/limits.ts';
import type { SimulationConfig } from '../config.ts';
import { RandomStream } from '../prng.ts';

type Drawn<Limits> = { readonly [Name in keyof Limits]?: number };

export interface TightLimits {
  /** Ends what makes recovery slow or impossible. What the state depends on stays: replicas must go on agreeing. */
  relax(): void;
  /** Everything is as it ships. */
  restore(): void;
}

/**
 * What the product does only at its limits, it would hardly ever do in a run of some seconds. So in some runs the limits are drawn
 * as well (FoundationDB does that with its knobs).
 */
export function tightenLimits({ seed, tightLimits, checkpointBytes }: SimulationConfig): TightLimits {
  const stream = new RandomStream(seed).fork('limits');
  const tight = tightLimits ? tighten(stream) : undefined;
  // What is written here is small: it would never be worth a second slot beside an open one.
  const pipelining = overwrite(replicaLimits, { companyBytes: stream.fork('company').pick([1, 300, 64 * 1024]) });
  const checkpoints = checkpointBytes > 0 ? tightenCheckpoints(checkpointBytes, stream.fork('checkpoints')) : undefined;
  return {
    relax: () => {
      tight?.relax();
      checkpoints?.relax();
    },
    restore: () => {
      tight?.restore();
      checkpoints?.restore();
      pipelining();
    },
  };
}

/** Otherwise a run would see none, and none of more than one chunk. */
function tightenCheckpoints(checkpointJournalBytes: number, stream: RandomStream): TightLimits {
  const checkpointChunkBytes = stream.pick([500, 3_000, 256 * 1024]);
  const restore = overwrite(replicaLimits, { checkpointJournalBytes, checkpointChunkBytes });
  const relax = overwrite(replicaLimits, { checkpointWindowChunks: stream.pick([1, 4]) });
  return {
    relax,
    restore: () => {
      relax();
      restore();
    },
  };
}

function tighten(stream: RandomStream): TightLimits {
  const relaxed = [
    overwrite(paxosLimits, drawPaxosLimits(stream)),
    overwrite(connectionLimits, {
      watchBudgetBytes: stream.pick([200, 5_000, 4 * 1024 * 1024]),
      readBudgetBytes: stream.pick([1_000, 20_000, 16 * 1024 * 1024]),
    }),
    overwrite(replicaLimits, drawReplicaLimits(stream)),
  ];
  const kept = [
    overwrite(wireLimits, { unacknowledgedResults: stream.pick([1, 4, 1_024]) }),
    overwrite(replicaLimits, { hashEverySlots: stream.pick([1, 8, 64]) }),
  ];
  return {
    relax: () => {
      for (const undo of relaxed) undo();
    },
    restore: () => {
      for (const undo of [...relaxed, ...kept]) undo();
    },
  };
}

function drawPaxosLimits(stream: RandomStream): Drawn<typeof paxosLimits> {
  const openSlots = stream.pick([2, 8, 64]);
  return {
    openSlots,
    acceptWindowSlots: 2 * openSlots,
    inFlightSlots: stream.pick([1, 4, 128]),
    messageBytes: stream.pick([60, 2_000, 1024 * 1024]),
    fetchSlots: stream.pick([20, 1024]),
    unwrittenBytes: stream.pick([2_000, 16 * 1024 * 1024]),
    retainedSlots: stream.pick([1, 20, 10_000]),
    retainedBytes: stream.pick([100, 5_000, 64 * 1024 * 1024]),
  };
}

function drawReplicaLimits(stream: RandomStream): Drawn<typeof replicaLimits> {
  const pendingCommands = stream.pick([2, 8, 100_000]);
  return {
    pendingCommands,
    pendingReads: stream.pick([1, 4, 100_000]),
    watches: stream.pick([1, 4, 100_000]),
    grantQuestions: stream.pick([1, 100_000]),
    relayedKeepAlives: stream.pick([1, 256]),
    // No less than what a node may forward at once, which is taken whole or not at all.
    queuedOperations: pendingCommands + stream.pick([1, 100_000]),
    slotOperations: stream.pick([1, 3, 4_096]),
    slotBytes: stream.pick([100, 1024 * 1024]),
    historyRevisions: stream.pick([20, 100, 100_000]),
    historyBytes: stream.pick([10_000, 64 * 1024 * 1024]),
    appliedSlotsPerStep: stream.pick([1, 30, 1_024]),
  };
}

/** Returns the way back. */
function overwrite<Limits extends object>(limits: Limits, drawn: Drawn<Limits>): () => void {
  const shipped = { ...limits };
  Object.assign(limits, drawn);
  return () => {
    for (const name of Object.keys(drawn) as (keyof Limits)[]) limits[name] = shipped[name];
  };
}
