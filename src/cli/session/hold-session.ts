import type { Client } from '../../client/index.ts';

/** What becomes of a session that is held. */
export type SessionNews = 'jeopardy' | 'connected' | 'expired';

/** Resolves when the session is lost, or when the signal tells to end; news is told as it comes. */
export async function holdSession(
  client: Pick<Client, 'session' | 'status'>,
  signal: AbortSignal,
  tell: (news: SessionNews) => Promise<void>,
): Promise<'ended' | 'lost'> {
  let last: SessionNews = 'connected';
  try {
    for await (const { type } of client.status({ signal })) {
      const isLost = type === 'expired' || type === 'closed' || client.session.state === 'expired';
      const news = isLost ? 'expired' : type === 'jeopardy' ? 'jeopardy' : 'connected';
      // While it only looks for another node, nothing is to be told.
      if (type === 'switching' || news === last) continue;
      last = news;
      await tell(news);
      if (isLost) return 'lost';
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return 'ended';
}
