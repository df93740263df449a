import { setTimeout as sleep } from 'node:timers/promises';
import type { TransactionRecord } from './two-phase-record.ts';
import type { TwoPhaseParticipant } from './two-phase-types.ts';

export interface Refusal {
  readonly name: string;
  readonly error: unknown;
}

/** All at once. Whoever has not answered when the signal aborts counts as one that has refused. */
export async function askAll(
  names: readonly string[],
  signal: AbortSignal,
  ask: (name: string) => void | PromiseLike<void>,
): Promise<readonly Refusal[]> {
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
  });
  aborted.catch(() => undefined);
  try {
    const answers = await Promise.allSettled(
      names.map((name) => Promise.race([(async () => await ask(name))(), aborted])),
    );
    return answers.flatMap((answer, index) =>
      answer.status === 'fulfilled' ? [] : [{ name: names[index] ?? '', error: answer.reason as unknown }],
    );
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

export interface Parties {
  readonly participants: Readonly<Record<string, TwoPhaseParticipant>>;
  readonly onError: (error: unknown) => void;
}

/** A transaction that is decided, and who is in charge of it. */
export interface Decided {
  readonly id: string;
  readonly token: number;
  readonly record: TransactionRecord;
  readonly signal: AbortSignal;
}

/** Asks everybody to do what was decided, again and again. Resolves to those that have not when the signal aborts. */
export async function finishAll({ participants, onError }: Parties, decided: Decided): Promise<readonly string[]> {
  const { id, token, record, signal } = decided;
  let pending: readonly string[] = Object.keys(record.payloads);
  for (let rounds = 0; pending.length > 0 && !signal.aborted; rounds++) {
    if (rounds > 0) await sleep(Math.min(5_000, 50 * 2 ** rounds), undefined, { signal }).catch(() => undefined);
    if (signal.aborted) break;
    const refusals = await askAll(pending, signal, (name) => {
      const part = { id, token, payload: record.payloads[name], signal };
      const participant = participants[name];
      return record.state === 'committing' ? participant?.commit(part) : participant?.rollback(part);
    });
    for (const { error } of refusals) if (!signal.aborted) onError(error);
    pending = refusals.map(({ name }) => name);
  }
  return pending;
}
