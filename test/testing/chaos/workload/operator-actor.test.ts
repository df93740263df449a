import { expect, test } from 'vitest';
import type { Client } from '../../../../src/client/index.ts';
import { finalProcess, workerSessionName } from '../../../../src/testing/chaos/history/workload-names.ts';
import type { ActorContext } from '../../../../src/testing/chaos/workload/actor.ts';
import { actAsOperator } from '../../../../src/testing/chaos/workload/operator-actor.ts';
import type { WorkerChannel } from '../../../../src/testing/chaos/workload/worker-channel.ts';
import { RandomStream } from '../../../../src/testing/simulation/prng.ts';

test('an operator closes sessions of other workers, and not those that a fault needs to begin and to end', async () => {
  const windDown = new AbortController();
  const closed = new Set<string>();
  let listed = 0;
  const client = {
    session: { id: 'own' },
    locks: { get: async () => ({ holders: [] }) },
    sessions: {
      list: async () => {
        listed += 1;
        if (listed === 100) windDown.abort();
        const named = (id: string, name: string) => ({ id, name });
        return {
          sessions: [
            named('own', workerSessionName('w1.1')),
            named('other', workerSessionName('w2.1')),
            named('quota', 'quota'),
            named('backup', 'backup'),
            named('final', finalProcess),
          ],
        };
      },
      close: async (id: string) => closed.add(id),
    },
  } as unknown as Client;
  const channel = { post: async () => undefined, line: () => undefined } as unknown as WorkerChannel;
  const context = {
    client,
    process: { name: 'w1.1' },
    random: new RandomStream(1).fork('operator'),
    clock: { now: () => 0 },
    channel,
    windDown: windDown.signal,
  } as unknown as ActorContext;

  await actAsOperator(context, 0);

  expect([...closed]).toEqual(['other']);
});
