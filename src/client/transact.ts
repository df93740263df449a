import { callLimits, optionsObject, wholeNumber } from './arguments.ts';
import { ConclaveError, invalidArgument } from './error.ts';
import type { Transacted, Transaction, TransactOptions } from './transact-types.ts';
import { TransactionAttempt, type TransactionStore } from './transaction-attempt.ts';
import { jitteredDelayMs, Waiting } from './waiting.ts';

const attemptsDefault = 16;
const attemptsHigh = 1_000;

/** Between two attempts: about the time of one at first, so that it rarely costs more than it saves. */
const delayMs = { low: 10, high: 250 } as const;

/** See `Client.transact`. */
export async function transact<T>(
  store: TransactionStore,
  work: (transaction: Transaction) => T | PromiseLike<T>,
  options: TransactOptions | undefined,
): Promise<Transacted<T>> {
  if (typeof work !== 'function') throw invalidArgument('transact takes a function');
  const asked = optionsObject(options).attempts ?? attemptsDefault;
  const most = wholeNumber(asked, 'attempts', 1, attemptsHigh);
  const waiting = new Waiting('the transaction', callLimits(options));
  try {
    for (let attempts = 1; ; attempts++) {
      const done = await run(new TransactionAttempt(store, waiting), work, waiting);
      if (done !== undefined) return { ...done, attempts };
      if (attempts >= most) {
        const message = `others changed what the transaction had read, in each of ${attempts} attempts`;
        throw new ConclaveError('CONFLICT', message);
      }
      await waiting.sleep(jitteredDelayMs(attempts - 1, delayMs.low, delayMs.high));
    }
  } finally {
    waiting.end();
  }
}

/** Undefined: it is to be run again. */
async function run<T>(
  attempt: TransactionAttempt,
  work: (transaction: Transaction) => T | PromiseLike<T>,
  waiting: Waiting,
): Promise<{ readonly value: T; readonly revision: number } | undefined> {
  let value: T;
  try {
    value = await waiting.bound((async () => await work(attempt.transaction))());
  } catch (error) {
    // What the function made of a read that the service could no longer answer is not the program's to deal with.
    if (attempt.overtaken && error instanceof ConclaveError && error.code === 'COMPACTED') return undefined;
    throw error;
  } finally {
    attempt.end();
  }
  const revision = await attempt.commit();
  return revision === undefined ? undefined : { value, revision };
}
