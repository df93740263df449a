import { setTimeout as delay } from 'node:timers/promises';

const pollMs = 5;

/** Whether the condition came to hold in time. */
export async function waitUntil(condition: () => boolean, timeoutMs: number): Promise<boolean> {
  const deadlineMs = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() >= deadlineMs) return false;
    await delay(pollMs);
  }
  return true;
}

/** Waits for something that may hang, or fail, and is not needed. */
export async function atMost(timeoutMs: number, work: Promise<unknown>): Promise<void> {
  const timeout = new AbortController();
  const timer = delay(timeoutMs, undefined, { signal: timeout.signal });
  await Promise.race([work, timer]).catch(() => undefined);
  timeout.abort();
  await timer.catch(() => undefined);
}
