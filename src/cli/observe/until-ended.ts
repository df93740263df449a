import type { SignalSource } from '../context.ts';
import { exitCodes, signalExitCode } from '../exit-code.ts';

const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const satisfies readonly NodeJS.Signals[];

/** Runs what goes on until somebody ends it: its signal is aborted then, and the exit code tells by which signal of the process. */
export async function untilEnded(signals: SignalSource, task: (ending: AbortSignal) => Promise<void>): Promise<number> {
  const ending = new AbortController();
  let endedBy: NodeJS.Signals | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    endedBy ??= signal;
    ending.abort();
  };
  for (const signal of endingSignals) signals.on(signal, onSignal);
  try {
    await task(ending.signal);
  } catch (error) {
    if (endedBy === undefined) throw error;
  } finally {
    for (const signal of endingSignals) signals.off(signal, onSignal);
  }
  return endedBy === undefined ? exitCodes.success : signalExitCode(endedBy);
}
