import type { Permit } from '../../../client/index.ts';
import { permitName, permits } from '../history/workload-names.ts';
import { type ActorContext, callTimeoutMs, takeTurns } from './actor.ts';
import { taken } from './lock-actor.ts';
import { thinkUnderLock } from './lock-hold.ts';
import { RecordedHold, sessionOf } from './recorded-hold.ts';

/** Takes one of a few permits, for which there are more who want one, and holds it for a while. */
export async function actOnPermits(context: ActorContext, meanThinkMs: number): Promise<void> {
  const { client, process, random } = context;
  await takeTurns(context, meanThinkMs, async () => {
    const options = { permits, timeoutMs: callTimeoutMs, note: process.name };
    const permit = await process.run(
      { op: 'lock', key: permitName, mode: 'permit', permits },
      async () =>
        random.chance(0.9)
          ? await client.permit(permitName, options)
          : taken(await client.tryPermit(permitName, options)),
      (granted) => ({ token: granted.id, ...sessionOf(client, granted) }),
    );
    if (permit !== undefined) await usePermit(context, permit);
  });
}

export async function usePermit(context: ActorContext, permit: Permit): Promise<void> {
  const hold = new RecordedHold(context, permit);
  const noLongerHeld = context.channel.holds({ name: permit.name, token: permit.id });
  try {
    for (let thoughts = context.random.between(1, 4); thoughts > 0 && hold.isHeld; thoughts--) {
      await thinkUnderLock(context);
    }
    await hold.release();
  } finally {
    noLongerHeld();
  }
}
