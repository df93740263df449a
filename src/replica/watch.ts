import type { Revision } from '../wire/identifiers.ts';
import type { Connection } from './connections.ts';
import type { WatchSelection } from './watch-selection.ts';

/** One watch of a client of this node, and how far it has been told. */
export interface Watch {
  readonly id: number;
  readonly connection: Connection;
  readonly selection: WatchSelection;
  /** The first revision of which it has not been told all. */
  next: Revision;
  /** Of that revision, the place of the first event of which it has not been told. */
  nextEvent: number;
  /** In a group, or by itself reading history (or waiting for a revision to come). */
  synced: boolean;
}
