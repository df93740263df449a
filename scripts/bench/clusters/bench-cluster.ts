import type { Load, Measurement } from '../load.ts';

/** Three processes that keep a log, with fsync on, on this machine. */
export interface BenchCluster {
  /** Loads it from a process of its own. `onMeasuring`, in `gap`: its warm-up is over. */
  measure(load: Load, onMeasuring?: () => void): Promise<Measurement>;
  /** How often another leader was elected since `start`; undefined: it has no elections. */
  leaderChanges(): Promise<number | undefined>;
  /** `kill -9`. */
  killLeader(): Promise<void>;
  close(): Promise<void>;
}

export type StartCluster = () => Promise<BenchCluster>;
