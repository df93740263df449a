import type { SessionInfo } from '../../client/index.ts';
import { withClient } from '../cluster-client.ts';
import type { CommonOptions } from '../common-options.ts';
import { confirm, refuseUnasked } from '../confirmation.ts';
import type { CommandContext } from '../context.ts';
import { counted } from '../counted.ts';
import { formatDuration } from '../duration.ts';
import { exitCodes } from '../exit-code.ts';
import { CommandFailure } from '../failure.ts';
import { untilSignal } from '../interruption.ts';
import { printable, writeJson, writeLine, writeMessage } from '../output.ts';
import { alignedRows } from '../table.ts';
import { holdSession, type SessionNews } from './hold-session.ts';

export interface OpeningOptions extends CommonOptions {
  readonly ttlMs: number | undefined;
  readonly name: string;
  readonly metadata: Readonly<Record<string, string>>;
}

const newsText: Readonly<Record<SessionNews, string>> = {
  jeopardy: 'no node answers; nothing is lost yet',
  connected: 'the session lives',
  expired: 'the session has expired',
};

/** Until the process is told to end, or the session is lost. */
export function openSession(context: CommandContext, options: OpeningOptions): Promise<number> {
  const { ttlMs, name, metadata, json } = options;
  const session = { ttlMs, name, metadata, onExpiry: 'close' } as const;
  return untilSignal(context.signals, (signal) =>
    withClient(context, { ...options, session, signal }, async (client, firstCall) => {
      // The first command opens it; this one does nothing else.
      await firstCall((timeoutMs) => client.txn({ if: [], then: [] }, { signal, timeoutMs }));
      const { id } = client.session;
      if (json) await writeJson(context.stdout, { event: 'opened', id });
      else await writeLine(context.stdout, id);
      const end = await holdSession(client, signal, async (news) => {
        if (json) await writeJson(context.stdout, { event: news, id });
        else await writeMessage(context.stderr, `conclave: ${newsText[news]}`);
      });
      return end === 'lost' ? exitCodes.lockLost : exitCodes.success;
    }),
  );
}

export async function listSessions(context: CommandContext, options: CommonOptions): Promise<number> {
  const { stdout } = context;
  await withClient(context, options, async (client, firstCall) => {
    const rows = [['SESSION', 'NAME', 'TTL', 'KEYS', 'LOCKS', 'WAITS FOR']];
    let after: string | undefined;
    for (let more = true, isFirst = true; more; isFirst = false) {
      const read = (timeoutMs: number | undefined) => client.sessions.list({ after, timeoutMs });
      const page = isFirst ? await firstCall(read) : await read(options.timeoutMs);
      for (const info of page.sessions) {
        if (options.json) await writeJson(stdout, info);
        else rows.push(rowOf(info));
      }
      after = page.sessions.at(-1)?.id;
      more = page.more && after !== undefined;
    }
    if (!options.json) await writeLine(stdout, alignedRows(rows, stdout.isTTY === true));
  });
  return exitCodes.success;
}

function rowOf({ id, name, ttlMs, ephemeralKeys, locks, waitingFor }: SessionInfo): string[] {
  const [held, awaited] = [locks.flatMap(({ names }) => names), waitingFor];
  return [id, printable(name) || '-', formatDuration(ttlMs), String(ephemeralKeys), named(held), named(awaited)];
}

const shownNames = 3;

function named(names: readonly string[]): string {
  if (names.length === 0) return '-';
  const others = names.length - shownNames;
  const shown = names.slice(0, shownNames).map(printable).join(', ');
  return others > 0 ? `${shown} and ${others} more` : shown;
}

/** @throws CommandFailure NO_SUCH_SESSION, NOT_CONFIRMED */
export async function closeSession(
  context: CommandContext,
  id: string,
  options: CommonOptions & { readonly yes: boolean },
): Promise<number> {
  refuseUnasked(context, 'session close', options.yes);
  const { closed, revision } = await withClient(context, options, async (client, firstCall) => {
    const info = await firstCall((timeoutMs) => client.sessions.get(id, { timeoutMs }));
    if (info === undefined) {
      throw new CommandFailure('NO_SUCH_SESSION', `there is no session ${id}: it has ended, or never was`);
    }
    await confirm(context, consequencesOf(info), options.yes);
    return await client.sessions.close(id, { timeoutMs: options.timeoutMs });
  });
  if (options.json) await writeJson(context.stdout, { closed, revision });
  else await writeLine(context.stdout, closed ? `session ${id} is closed` : `session ${id} has just ended by itself`);
  return exitCodes.success;
}

/** What it is to the cluster, and to the program, that this session ends. */
function consequencesOf({ id, name, ephemeralKeys, locks, waitingFor }: SessionInfo): readonly string[] {
  const held = locks.flatMap(({ names }) => names);
  const called = name === '' ? '' : ` (${printable(name)})`;
  return [
    `Session ${id}${called} ends at once, with ${counted(ephemeralKeys, 'ephemeral key')}.`,
    `It holds: ${named(held)}. Whoever waits for that gets it. It waits for: ${named(waitingFor)}.`,
    'Its program learns of it with its next keep-alive, and may work until then: only what compares fencing tokens refuses it.',
  ];
}
