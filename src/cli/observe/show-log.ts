import type { CommonOptions } from '../common-options.ts';
import type { CommandContext } from '../context.ts';
import { exitCodes } from '../exit-code.ts';
import { untilGivenUp, untilSignal } from '../interruption.ts';
import { writeJson, writeLine, writeMessage } from '../output.ts';
import { readLog } from './log-pages.ts';
import { endpointOf } from './observed-node.ts';
import { slotJson, slotLines } from './slot-view.ts';

const answerTimeoutMs = 4_000;
const lookMs = 300;

export interface LogOptions extends CommonOptions {
  /** Undefined: any that answers. */
  readonly node: string | undefined;
  /** Undefined: so that the newest `limit` come. */
  readonly from: number | undefined;
  /** Undefined: all. */
  readonly limit: number | undefined;
  readonly follow: boolean;
}

/** Once, or until a signal of the process. @throws ClusterUnavailable, AdminCallError; CommandFailure NOT_FOUND, NOT_KEPT */
export async function showLog(context: CommandContext, options: LogOptions): Promise<number> {
  const { endpoints, node, from, limit, follow, json, timeoutMs = answerTimeoutMs } = options;
  const endpoint = await endpointOf(context, endpoints, node);
  const show = async (signal: AbortSignal): Promise<number> => {
    const slots = readLog({
      ask: (fromSlot, most) => context.inspect(endpoint, 'Log', { fromSlot, limit: most }, timeoutMs),
      fromSlot: from,
      limit,
      follow,
      lookMs,
      signal,
      onSkipped: (oldestSlot) => writeMessage(context.stderr, `slots before ${oldestSlot} are only in the state`),
    });
    for await (const slot of slots) {
      if (json) await writeJson(context.stdout, slotJson(slot));
      else for (const line of slotLines(slot)) await writeLine(context.stdout, line);
    }
    return exitCodes.success;
  };
  return await untilSignal(context.signals, (signal) => untilGivenUp(show(signal), signal));
}
