import { cond, op } from '../../../client/index.ts';
import { registerPrefix } from '../history/workload-names.ts';
import { type ActorContext, callTimeoutMs, epoch, takeTurns } from './actor.ts';

const epochMs = 4_000;
const keysPerEpoch = 4;

/** Reads, writes, compares and deletes single keys. */
export async function actOnRegisters(context: ActorContext, meanThinkMs: number): Promise<void> {
  const { client, process, random, clock } = context;
  const options = { timeoutMs: callTimeoutMs };
  /** What it saw last of each key of the epoch, in order to expect it. */
  const seen = new Map<string, string | null>();
  let seenIn = 0;

  const get = async (key: string): Promise<void> => {
    await process.run(
      { op: 'get', key },
      () => client.get(key, options),
      (entry) => {
        const value = entry?.text() ?? null;
        seen.set(key, value);
        return { result: value };
      },
    );
  };

  const put = async (key: string): Promise<void> => {
    const value = process.newValue();
    await process.run(
      { op: 'put', key, value },
      () => client.put(key, value, options),
      ({ revision }) => {
        seen.set(key, value);
        return { revision };
      },
    );
  };

  const compareAndSet = async (key: string): Promise<void> => {
    const value = process.newValue();
    const expected = seen.get(key) ?? null;
    const condition = expected === null ? cond.absent(key) : cond.valueIs(key, expected);
    await process.run(
      { op: 'cas', key, expected, value },
      () => client.txn({ if: [condition], then: [op.put(key, value)] }, options),
      ({ succeeded, revision }) => {
        if (succeeded) seen.set(key, value);
        return succeeded ? { result: true, revision } : { result: false };
      },
    );
  };

  const remove = async (key: string): Promise<void> => {
    await process.run(
      { op: 'delete', key },
      () => client.delete(key, options),
      ({ deleted, revision }) => {
        seen.set(key, null);
        return deleted ? { result: true, revision } : { result: false };
      },
    );
  };

  await takeTurns(context, meanThinkMs, async () => {
    const now = epoch(clock, epochMs);
    if (now !== seenIn) seen.clear();
    seenIn = now;
    const key = `${registerPrefix}${now}/${random.between(1, keysPerEpoch)}`;
    await random.weighted([
      [get, 40],
      [put, 25],
      [compareAndSet, 27],
      [remove, 8],
    ])(key);
  });
}
