import type { ServerWritableStream } from '@grpc/grpc-js';
import { AdminRefusal } from './admin-refusal.ts';

/** A caller that takes nothing for so long is let go: what it waits for holds on to memory. */
const stalledMs = 30_000;

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
  for await (const part of parts) {
    if (call.cancelled || call.destroyed) return;
    if (!call.write(part)) await untilTaken(call, timeoutMs);
  }
}

const events = ['drain', 'cancelled', 'close'] as const;

/** There is room again, or the caller has gone. */
function untilTaken(call: ServerWritableStream<unknown, unknown>, timeoutMs: number): Promise<void> {
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
  });
}
