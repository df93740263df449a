import type { SessionReport, SessionsPage } from '../../rpc/inspection-client.ts';
import type { CommonOptions } from '../common-options.ts';
import type { CommandContext } from '../context.ts';
import { exitCodes } from '../exit-code.ts';
import { showLeaderList } from './leader-list.ts';
import { sessionJson, sessionRow, sessionTitles } from './session-view.ts';

/** As the leader has them. @throws ClusterUnavailable, AdminCallError */
export async function showSessions(
  context: CommandContext,
  options: CommonOptions & { readonly limit: number },
): Promise<number> {
  await showLeaderList<SessionReport, SessionsPage>(context, options, {
    what: 'sessions',
    ask: (endpoint, last, limit, timeoutMs) =>
      context.inspect(endpoint, 'Sessions', { after: last?.id ?? 0, limit }, timeoutMs),
    entries: ({ sessions }) => sessions,
    json: sessionJson,
    titles: sessionTitles,
    rows: (session, timed) => [sessionRow(session, timed)],
  });
  return exitCodes.success;
}
