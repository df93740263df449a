import { counterPrefix } from '../history/workload-names.ts';
import { type ActorContext, callTimeoutMs, epoch, takeTurns } from './actor.ts';

const epochMs = 20_000;

/** Draws numbers, one by one and in blocks. */
export async function actOnCounters(context: ActorContext, meanThinkMs: number): Promise<void> {
  const { client, process, random, clock } = context;
  const options = { timeoutMs: callTimeoutMs };
  await takeTurns(context, meanThinkMs, async () => {
    const key = `${counterPrefix}${epoch(clock, epochMs)}`;
    const counter = client.counter(key);
    const count = random.chance(0.3) ? random.between(2, 9) : 1;
    await process.run(
      { op: 'next', key, value: String(count) },
      async () => (count === 1 ? await counter.next(options) : (await counter.nextBlock(count, options)).last),
      (last) => ({ result: String(last) }),
    );
  });
}
