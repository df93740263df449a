import type { Client, Entry, KeyEntry } from '../../client/index.ts';
import type { FirstCall } from '../cluster-client.ts';

export interface Listing {
  readonly prefix: string;
  readonly withValues: boolean;
  readonly descending?: boolean;
  /** As many as there are, unless given. */
  readonly limit?: number | undefined;
  readonly revision?: number | undefined;
  readonly consistency?: 'linearizable' | 'stale' | undefined;
}

/** An entry, whose value is there if it was asked for. */
export type ListedEntry = KeyEntry & Partial<Pick<Entry, 'value'>>;

const pageEntries = 1_000;

/** All of one revision, page by page. */
export async function* listEntries(
  client: Pick<Client, 'scan'>,
  firstCall: FirstCall,
  { prefix, withValues, descending, limit, revision, consistency }: Listing,
): AsyncGenerator<ListedEntry, void, undefined> {
  const scan = (timeoutMs: number): AsyncIterator<ListedEntry, void, undefined> => {
    const order = descending ? 'descending' : 'ascending';
    const pageSize = Math.min(limit ?? pageEntries, pageEntries);
    const options = { order, pageSize, revision, consistency, timeoutMs } as const;
    return withValues ? client.scan({ prefix }, options) : client.scan({ prefix }, { ...options, keysOnly: true });
  };
  const { entries, first } = await firstCall(async (timeoutMs) => {
    const iterator = scan(timeoutMs);
    return { entries: iterator, first: await iterator.next() };
  });
  let count = 0;
  for (let next = first; next.done !== true; next = await entries.next()) {
    yield next.value;
    count += 1;
    if (count === limit) return;
  }
}
