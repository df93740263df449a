import type { LockReport, LocksPage } from '../../rpc/inspection-client.ts';
import type { CommonOptions } from '../common-options.ts';
import type { CommandContext } from '../context.ts';
import { exitCodes } from '../exit-code.ts';
import { showLeaderList } from './leader-list.ts';
import { lockJson, lockRows, lockTitles } from './lock-view.ts';

/** As the leader has them. @throws ClusterUnavailable, AdminCallError */
export async function showLocks(
  context: CommandContext,
  options: CommonOptions & { readonly prefix: string; readonly limit: number },
): Promise<number> {
  const { prefix } = options;
  await showLeaderList<LockReport, LocksPage>(context, options, {
    what: 'locks',
    ask: (endpoint, last, limit, timeoutMs) =>
      context.inspect(endpoint, 'Locks', { prefix, after: last?.name ?? '', limit }, timeoutMs),
    entries: ({ locks }) => locks,
    json: lockJson,
    titles: lockTitles,
    rows: lockRows,
  });
  return exitCodes.success;
}
