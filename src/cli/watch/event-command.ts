import type { WatchEvent } from '../../client/index.ts';
import { type CommandEnd, startCommand } from '../child-command.ts';
import type { CommandContext } from '../context.ts';
import { eventJson, keyOf, storedValue } from './event-json.ts';

/** What is run for an event. */
export interface EventCommand {
  readonly words: readonly [program: string, ...programArguments: string[]];
  /** It reads the event as JSON, not the value alone. */
  readonly json: boolean;
}

/** Runs it to its end, with the event in its environment and the value as its standard input; TERM, when the signal is aborted. */
export async function runForEvent(
  context: CommandContext,
  { words: [program, ...programArguments], json }: EventCommand,
  revision: number,
  event: WatchEvent,
  signal: AbortSignal,
): Promise<CommandEnd> {
  const value = storedValue(event) ?? new Uint8Array();
  const input = json ? Buffer.from(`${JSON.stringify(eventJson(revision, event))}\n`) : value;
  const environment = { ...context.environment, ...eventEnvironment(revision, event) };
  const command = startCommand(program, programArguments, environment, input);
  const terminate = (): void => command.kill('SIGTERM');
  signal.addEventListener('abort', terminate);
  try {
    return await command.end;
  } finally {
    signal.removeEventListener('abort', terminate);
  }
}

/** What the command finds in its environment. */
export function eventEnvironment(revision: number, event: WatchEvent): Readonly<Record<string, string>> {
  return {
    CONCLAVE_EVENT_REVISION: String(revision),
    CONCLAVE_EVENT_TYPE: event.type,
    ...keyEnvironment(keyOf(event)),
  };
}

/** An environment holds text, and no zero bytes. */
function keyEnvironment(key: Uint8Array): Readonly<Record<string, string>> {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(key);
    if (!text.includes('\0')) return { CONCLAVE_EVENT_KEY: text };
  } catch {
    // It is no text.
  }
  return { CONCLAVE_EVENT_KEY_BASE64: Buffer.from(key).toString('base64') };
}
