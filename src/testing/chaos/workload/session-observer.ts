import { sessionProcess } from '../history/workload-names.ts';
import { type ActorContext, callTimeoutMs, takeTurns } from './actor.ts';
import type { SessionKey } from './worker-messages.ts';

/** Each is looked at some times more after it was seen to be over: it must stay so. */
const looksAfterEnd = 3;

/** Looks at the ephemeral keys of others, to see which of their sessions live. */
export class SessionObserver {
  readonly #watched = new Map<string, { readonly key: string; looksLeft: number }>();

  add(sessions: readonly SessionKey[]): void {
    for (const { session, key } of sessions) this.#watched.set(session, { key, looksLeft: looksAfterEnd });
  }

  async run(context: ActorContext, worker: string, meanThinkMs: number): Promise<void> {
    const { client, clock, channel, random } = context;
    await takeTurns(context, meanThinkMs, async () => {
      if (this.#watched.size === 0) return;
      const [session, watched] = random.pick([...this.#watched]);
      const start = clock.now();
      try {
        const entry = await client.get(watched.key, { timeoutMs: callTimeoutMs });
        const alive = entry?.session === session;
        const process = `${sessionProcess(worker)}-observer`;
        channel.line({ process, op: 'session-seen', session, alive, start, end: clock.now() });
        if (alive) return;
      } catch {
        return;
      }
      watched.looksLeft -= 1;
      if (watched.looksLeft === 0) this.#watched.delete(session);
    });
  }
}
