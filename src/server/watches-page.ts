import type { ConnectionId } from '../replica/input.ts';
import type { WatchView } from '../replica/watch-view.ts';
import type { WatchesPage, WatchesRequest, WatchReport } from '../rpc/inspection-definition.ts';
import { emptyBytes } from '../wire/bytes.ts';
import { pageLimit } from './state-pages.ts';

/** What the shell knows of clients, and the replica does not. */
export interface KnownClients {
  /** HOST:PORT; empty: it has gone. */
  addressOf(connection: ConnectionId): string;
  sessionsOf(connection: ConnectionId): readonly number[];
}

/** The watches of a node's clients, in the order of connections and, within one, of ids. */
export function watchesPage(
  watches: Iterable<WatchView>,
  clients: KnownClients,
  { afterConnection, afterWatch, limit }: WatchesRequest,
): WatchesPage {
  const most = pageLimit(limit);
  const behind = [...watches]
    .filter(({ connection, id }) => {
      return connection > afterConnection || (connection === afterConnection && id > afterWatch);
    })
    .sort((a, b) => a.connection - b.connection || a.id - b.id);
  return { watches: behind.slice(0, most).map((watch) => watchReport(watch, clients)), more: behind.length > most };
}

function watchReport(
  { connection, id, target, lagging, unwrittenBytes }: WatchView,
  clients: KnownClients,
): WatchReport {
  const { from, to } = target.range;
  return {
    connection,
    watch: id,
    client: clients.addressOf(connection),
    kind: target.kind,
    from,
    extent: typeof to === 'string' ? to : 'range',
    to: typeof to === 'string' ? emptyBytes : to,
    lagging,
    unwrittenBytes,
    sessions: clients.sessionsOf(connection),
  };
}
