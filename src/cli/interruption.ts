import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { SignalSource } from './context.ts';
import { exitCodes, signalExitCode } from './exit-code.ts';

const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const satisfies readonly NodeJS.Signals[];

/** How long what was interrupted may take to end: it waits for as long as nobody reads what it has written. */
const endingTimeoutMs = 500;

/** Runs to the end, and tells by the abort of a signal that the process was asked to end; then the exit code is that of its signal. */
export async function untilSignal(
  signals: SignalSource,
  run: (signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const ending = new AbortController();
  let endedBy: NodeJS.Signals | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    endedBy ??= signal;
    ending.abort();
  };
  for (const signal of endingSignals) signals.on(signal, onSignal);
  try {
    const exitCode = await run(ending.signal);
    return endedBy === undefined ? exitCode : signalExitCode(endedBy);
  } catch (error) {
    if (endedBy === undefined) throw error;
    return signalExitCode(endedBy);
  } finally {
    for (const signal of endingSignals) signals.off(signal, onSignal);
  }
}

/** Of work that does not look at the signal all the time: once that was aborted, the work is waited for a short time only. */
export async function untilGivenUp(work: Promise<number>, signal: AbortSignal): Promise<number> {
  return await Promise.race([work, givenUp(work, signal)]);
}

/** Resolves when the signal was aborted and the work has ended, or has not in time. */
async function givenUp(work: Promise<unknown>, signal: AbortSignal): Promise<number> {
  if (!signal.aborted) await once(signal, 'abort');
  const ended = work.catch(() => undefined);
  await Promise.race([ended, delay(endingTimeoutMs)]);
  return exitCodes.failure;
}
