import { expect, test } from 'vitest';
import type { Client } from '../../../../src/client/index.ts';
import type { RunClock } from '../../../../src/testing/chaos/workload/run-clock.ts';
import { SessionMonitor } from '../../../../src/testing/chaos/workload/session-monitor.ts';
import type { WorkerChannel } from '../../../../src/testing/chaos/workload/worker-channel.ts';
import type { HistoryLine } from '../../../../src/testing/checkers/event-history.ts';

test('a session that comes just before the client is closed is written down, and no longer shown to others', async () => {
  const lines: HistoryLine[] = [];
  const puts: string[] = [];
  const client = {
    session: { id: 'a', state: 'open', remainingMs: 1_000, credentials: 'secret' },
    put: async (key: string) => {
      puts.push(key);
      throw new Error('the client is closed');
    },
  } as unknown as Client;
  const channel = {
    line: (line: HistoryLine) => lines.push(line),
    post: async () => undefined,
  } as unknown as WorkerChannel;
  const clock = { now: () => 5_000_000_000 } as RunClock;
  const monitor = new SessionMonitor({ worker: 'w1.1', at: 0, client, ttlMs: 1_000, clock, channel });

  await monitor.stop();

  expect(lines.map(({ op }) => op)).toEqual(['session-alive', 'session-closed']);
  expect(puts).toEqual([]);
});
