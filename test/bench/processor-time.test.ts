import { expect, test } from 'vitest';
import { ProcessorTime } from '../../scripts/bench/processor-time.ts';

test.runIf(process.platform === 'linux')('what a process has used is told for each operation', () => {
  const time = new ProcessorTime({ own: process.pid, gone: 2 ** 30 });
  const before = process.cpuUsage();
  const usedUs = (): number => {
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  while (usedUs() < 200_000);
  const { own, gone } = time.perOperationUs(10);
  expect(own).toBeGreaterThan(15_000);
  expect(gone).toBeUndefined();
  time.restart();
  expect(time.perOperationUs(10)['own']).toBeLessThan(own ?? 0);
});
