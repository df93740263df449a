import type { CommonOptions } from '../common-options.ts';
import type { CommandContext } from '../context.ts';
import { LeaderCalls } from '../membership/leader-calls.ts';
import { writeJson, writeMessage } from '../output.ts';
import { writeTable } from './write-table.ts';

const answerTimeoutMs = 4_000;
/** The most that a node gives in one answer. */
const mostPerPage = 1_000;

/** What the leader has many of, and how it is shown. */
export interface LeaderList<Entry, Page extends { readonly timed: boolean; readonly more: boolean }> {
  /** As a message calls them. */
  readonly what: string;
  /** Behind the last entry that has come; undefined: from the first. */
  readonly ask: (endpoint: string, last: Entry | undefined, limit: number, timeoutMs: number) => Promise<Page>;
  readonly entries: (page: Page) => readonly Entry[];
  readonly json: (entry: Entry, timed: boolean) => unknown;
  readonly titles: readonly string[];
  readonly rows: (entry: Entry, timed: boolean) => readonly (readonly string[])[];
}

/**
 * Shows at most `limit` entries, page by page. The leader may change in between: each page is as of its own moment.
 *
 * @throws ClusterUnavailable, and what the call throws
 */
export async function showLeaderList<Entry, Page extends { readonly timed: boolean; readonly more: boolean }>(
  context: CommandContext,
  options: CommonOptions & { readonly limit: number },
  list: LeaderList<Entry, Page>,
): Promise<void> {
  const leader = new LeaderCalls(context, options);
  const timeoutMs = options.timeoutMs ?? answerTimeoutMs;
  const rows: (readonly string[])[] = [];
  let last: Entry | undefined;
  let left = options.limit;
  for (;;) {
    const asked = Math.min(left, mostPerPage);
    const page = await leader.ask(({ endpoint }) => list.ask(endpoint, last, asked, timeoutMs));
    const entries = list.entries(page);
    for (const entry of entries) {
      if (options.json) await writeJson(context.stdout, list.json(entry, page.timed));
      else rows.push(...list.rows(entry, page.timed));
    }
    left -= entries.length;
    last = entries.at(-1);
    if (page.more && left > 0 && last !== undefined) continue;
    if (!options.json) await writeTable(context, list.titles, rows);
    if (page.more) await writeMessage(context.stderr, `there are more than ${options.limit} ${list.what}: see --limit`);
    return;
  }
}
