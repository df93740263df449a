import type { Lock } from '../../../client/index.ts';
import { lockNames } from '../history/workload-names.ts';
import { type ActorContext, callTimeoutMs, takeTurns } from './actor.ts';
import { useLock } from './lock-hold.ts';
import { NoEffect } from './logical-process.ts';
import { describeLocks, sessionOf } from './recorded-hold.ts';

/**
 * Takes a lock and raises the number of a resource outside of the store under its token, as a careful program does; and sometimes goes on
 * writing to another resource without the lock, as a careless one does. Or shares it, and reads that number; or takes two of them at once.
 */
export async function actOnLocks(context: ActorContext, meanThinkMs: number): Promise<void> {
  const { client, process, random } = context;
  await takeTurns(context, meanThinkMs, async () => {
    const kind = random.weighted([
      ['exclusive', 60],
      ['shared', 25],
      ['several', 15],
    ]);
    const names = kind === 'several' ? random.shuffled(lockNames).slice(0, 2) : [random.pick(lockNames)];
    const lock = await process.run(
      { op: 'lock', ...describeLocks(names, kind === 'shared') },
      () => acquire(names, kind === 'shared'),
      (granted) => ({ token: granted.token, ...sessionOf(client, granted) }),
    );
    if (lock !== undefined) await useLock(context, lock);
  });

  async function acquire(names: readonly string[], shared: boolean): Promise<Lock> {
    const delayMs = random.chance(0.2) ? random.between(1, 500) : 0;
    const terms = { timeoutMs: callTimeoutMs, delayMs, note: process.name };
    const [name = ''] = names;
    const waits = !random.chance(0.1);
    if (names.length > 1)
      return waits ? await client.lockAll(names, terms) : taken(await client.tryLockAll(names, terms));
    const options = { ...terms, shared };
    return waits ? await client.lock(name, options) : taken(await client.tryLock(name, options));
  }
}

/** @throws NoEffect if it was not free */
export function taken<T>(held: T | undefined): T {
  if (held === undefined) throw new NoEffect('it is not free');
  return held;
}
