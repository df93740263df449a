import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../../../client/index.ts';
import type { RandomStream } from '../../simulation/prng.ts';
import type { LogicalProcess } from './logical-process.ts';
import type { RunClock } from './run-clock.ts';
import type { WorkerChannel } from './worker-channel.ts';

/** Calls end by then, whatever happens to the cluster. */
export const callTimeoutMs = 3_000;

export interface ActorContext {
  readonly client: Client;
  readonly process: LogicalProcess;
  readonly random: RandomStream;
  readonly clock: RunClock;
  readonly channel: WorkerChannel;
  /** Aborts when nothing new is to be begun. */
  readonly windDown: AbortSignal;
}

/** Takes turns, with time to think between, until it is told to wind down. */
export async function takeTurns(
  { random, windDown }: ActorContext,
  meanThinkMs: number,
  turn: () => Promise<void>,
): Promise<void> {
  while (!windDown.aborted) {
    await pause(random.exponential(meanThinkMs), windDown);
    if (!windDown.aborted) await turn();
  }
}

/** Ends early when the signal aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}

/** Names change with time, so that each object has a short history. */
export function epoch(clock: RunClock, lengthMs: number): number {
  return Math.floor(clock.now() / (lengthMs * 1_000_000));
}
