import { vi } from 'vitest';

/** As `vi.waitFor`, which gives up after a second: a machine that has much else to do may stand still for longer. */
export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: 10_000, interval: 20 });
}
