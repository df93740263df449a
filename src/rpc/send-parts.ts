import type { ServerWritableStream } from '@grpc/grpc-js';
import { AdminRefusal } from './admin-refusal.ts';

/** A caller that takes nothing for so long is let go: what it waits for holds on to memory. */
const stalledMs = 30_000;
/** So many parts wait behind the one that is being taken: the link does not wait for the next one to be made. */
const partsAhead = 4;

/**
 * Sends what is given, one part after the other, as fast as the caller takes it; asks for nothing more, and resolves, once the caller
 * has gone.
 *
 * @throws AdminRefusal TIMEOUT, and what `parts` throws
 */
export async function sendParts<Part>(
  call: ServerWritableStream<unknown, Part>,
  parts: AsyncGenerator<Part, void, undefined>,
  timeoutMs = stalledMs,
): Promise<void> {
  /** Oldest first, which is how they are taken. 'drain' would tell only once that all of them were: too late on a slow link. */
  const untaken: Promise<void>[] = [];
  for await (const part of parts) {
    if (call.cancelled || call.destroyed) return;
    untaken.push(new Promise((resolve) => call.write(part, () => resolve())));
    if (untaken.length > partsAhead) await orGone(call, untaken.shift(), timeoutMs);
  }
}

const events = ['cancelled', 'close'] as const;

/** The part has been taken, or the caller has gone. */
function orGone(
  call: ServerWritableStream<unknown, unknown>,
  taken: Promise<void> | undefined,
  timeoutMs: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const release = (): void => {
      clearTimeout(timer);
      for (const event of events) call.off(event, onMoved);
    };
    const onMoved = (): void => {
      release();
      resolve();
    };
    const timer = setTimeout(() => {
      release();
      reject(new AdminRefusal('TIMEOUT', `nothing was taken for ${timeoutMs / 1000} s`));
    }, timeoutMs);
    for (const event of events) call.once(event, onMoved);
    void taken?.then(onMoved);
  });
}
