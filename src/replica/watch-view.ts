import type { WatchTarget } from '../wire/watch.ts';
import type { ConnectionId } from './input.ts';

/** A watch, as operators see it. */
export interface WatchView {
  readonly connection: ConnectionId;
  readonly id: number;
  readonly target: WatchTarget;
  /** It reads history. */
  readonly lagging: boolean;
  /** Of the connection: said and not written yet. */
  readonly unwrittenBytes: number;
}
