import type { Failure } from './core/effect.ts';
import type { AnyEvent } from './watch-batch.ts';
import type { WatchBatch } from './watch-types.ts';

/** Who is told what happens to one watch. */
export interface WatchSink {
  /** `bytes`: roughly what it occupies. */
  onBatch(batch: WatchBatch<AnyEvent>, bytes: number): void;
  /** Everything up to and including the revision has been given. */
  onProgress(revision: number): void;
  onEnded(failure: Failure | undefined): void;
}
