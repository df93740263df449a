import { ConclaveError } from '../../../client/index.ts';
import { isWorkerSessionName, lockNames, permitName, sessionProcess } from '../history/workload-names.ts';
import { type ActorContext, callTimeoutMs, takeTurns } from './actor.ts';

const options = { timeoutMs: callTimeoutMs };

/** Takes locks and permits from whoever has them, and closes sessions of workers that are not its own. */
export async function actAsOperator(context: ActorContext, meanThinkMs: number): Promise<void> {
  await takeTurns(context, meanThinkMs, async () => {
    try {
      if (context.random.chance(0.8)) await takeAway(context);
      else await closeSession(context);
    } catch (error) {
      // Nothing was found out or done, or nobody knows whether it was: the history has to be right in any case.
      if (!(error instanceof ConclaveError)) throw error;
    }
  });
}

async function takeAway({ client, process, random }: ActorContext): Promise<void> {
  const key = random.pick([...lockNames, permitName]);
  const { holders } = await client.locks.get(key, options);
  if (holders.length === 0) return;
  const { token: fencing, permit } = random.pick(holders);
  const token = fencing ?? permit;
  if (token === undefined) return;
  await process.run(
    { op: 'force-unlock', key, token },
    () => client.locks.forceRelease(key, token, options),
    ({ released }) => ({ result: released }),
  );
}

async function closeSession({ client, process, random, clock, channel }: ActorContext): Promise<void> {
  const { sessions } = await client.sessions.list(options);
  const others = sessions.filter(({ id, name }) => id !== client.session.id && isWorkerSessionName(name));
  if (others.length === 0) return;
  const { id: session } = random.pick(others);
  const line = {
    process: sessionProcess(process.name),
    op: 'session-close-other',
    session,
    start: clock.now(),
  } as const;
  // Known outside of this process before it is done, come what may.
  await channel.post({ type: 'line', line: { ...line, end: null } });
  await client.sessions.close(session, options);
  channel.line({ ...line, end: clock.now() });
}
