import { type CallOptions, type Client, cond, type Entry, type Op, op } from '../client/index.ts';
import { priorityOf, type QueueKeys } from './queue-keys.ts';
import type { DeadLetter } from './queue-types.ts';

/** The most that the service takes for one value. */
const valueBytesHigh = 1024 * 1024;

/** Whatever a task has failed with has to fit beside it. */
const reasonHigh = 4_096;

/** As it is written. A payload that leaves no room for the rest has a key of its own, as the task had it. */
interface StoredDeadLetter extends Pick<DeadLetter, 'reason' | 'attempts'> {
  readonly payload?: unknown;
  readonly isPayloadApart?: true;
}

/** @returns the letter, and what writes it */
export function deadLetterOf(
  keys: QueueKeys,
  id: string,
  stored: Entry,
  { reason, attempts }: Pick<DeadLetter, 'reason' | 'attempts'>,
): { readonly letter: DeadLetter; readonly puts: readonly Op<unknown>[] } {
  const told = { reason: reason.slice(0, reasonHigh), attempts };
  const payload = payloadIn(stored);
  const letter = { id, priority: priorityOf(id), payload, ...told };
  const text = JSON.stringify({ payload, ...told } satisfies StoredDeadLetter);
  if (Buffer.byteLength(text) <= valueBytesHigh) return { letter, puts: [op.put(keys.deadLetter(id), text)] };
  const without: StoredDeadLetter = { isPayloadApart: true, ...told };
  const puts = [op.put(keys.deadLetter(id), JSON.stringify(without)), op.put(keys.deadPayload(id), stored.value)];
  return { letter, puts };
}

export async function* readDeadLetters(
  client: Client,
  keys: QueueKeys,
  limits: CallOptions | undefined,
): AsyncGenerator<DeadLetter, void> {
  for await (const entry of client.scan({ prefix: keys.dead }, { ...limits })) {
    const id = entry.key.slice(keys.dead.length);
    const { reason, attempts, isPayloadApart, payload } = entry.json() as StoredDeadLetter;
    const letter = { id, priority: priorityOf(id), reason, attempts };
    if (isPayloadApart !== true) yield { ...letter, payload };
    else {
      const apart = await client.get(keys.deadPayload(id), limits);
      // Else it was revived or discarded meanwhile.
      if (apart !== undefined) yield { ...letter, payload: payloadIn(apart) };
    }
  }
}

/** False: there is no such dead letter. */
export async function unbury(
  client: Client,
  keys: QueueKeys,
  { id, revive }: { readonly id: string; readonly revive: boolean },
  limits: CallOptions | undefined,
): Promise<boolean> {
  const letter = await client.get(keys.deadLetter(id), limits);
  if (letter === undefined) return false;
  const { payload } = letter.json() as StoredDeadLetter;
  // They come and go together.
  const apart = await client.get(keys.deadPayload(id), limits);
  const task = revive ? [op.put(keys.task(id), apart?.value ?? JSON.stringify(payload))] : [];
  const gone = [op.delete(keys.deadLetter(id)), op.delete(keys.deadPayload(id))];
  const { succeeded } = await client.txn({ if: [cond.unchanged(letter)], then: [...gone, ...task] }, limits);
  return succeeded;
}

/** Whatever is there: also what was put by hand, and is no JSON. */
function payloadIn(entry: Entry): unknown {
  try {
    return entry.json();
  } catch {
    return new TextDecoder().decode(entry.value);
  }
}
