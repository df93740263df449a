import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, ConclaveError, connect, type Lock, type Permit } from '../../../client/index.ts';
import { sessionProcess, workerSessionName } from '../history/workload-names.ts';
import type { ActorContext } from './actor.ts';
import { useLock } from './lock-hold.ts';
import { usePermit } from './permit-actor.ts';
import { describeHeld, RecordedHold } from './recorded-hold.ts';
import type { RunClock } from './run-clock.ts';
import type { WorkerChannel } from './worker-channel.ts';

export interface ProgramSessionOptions {
  /** Of the worker. */
  readonly name: string;
  /** Among the clients of the worker. */
  readonly at: number;
  readonly endpoints: readonly string[];
  readonly ttlMs: number;
  /** What the former run has left of its session. */
  readonly credentials: string | undefined;
  readonly clock: RunClock;
  readonly channel: WorkerChannel;
}

/**
 * The cluster may be unavailable just now. The session of the former run is resumed, if there is one and it has not ended; what it held is
 * in the client.
 */
export async function connectAtLast(options: ProgramSessionOptions): Promise<Client> {
  const { endpoints, ttlMs, clock } = options;
  const name = workerSessionName(options.name);
  let resume = options.credentials;
  for (;;) {
    const start = clock.now();
    try {
      const client = await connect({ endpoints, session: { ttlMs, name, resume } });
      if (resume !== undefined) noteResumption(options, client, start);
      return client;
    } catch (error) {
      if (!(error instanceof ConclaveError) || error.code === 'INVALID_CREDENTIALS') throw error;
      if (error.code === 'SESSION_EXPIRED') resume = undefined;
      // Whoever waits for this process has a deadline of its own.
      else await sleep(100);
    }
  }
}

/** Goes on with each lock and permit where the former run was killed, or gives it up at once. */
export async function useResumed(
  options: ProgramSessionOptions,
  client: Client,
  contextOf: (process: string) => ActorContext,
): Promise<void> {
  await Promise.all(
    resumedBy(client).map(async (held, index) => {
      const context = contextOf(resumedProcess(options, index));
      if (context.random.chance(0.3)) await new RecordedHold(context, held).release();
      else if ('id' in held) await usePermit(context, held);
      else await useLock(context, held);
    }),
  );
}

function noteResumption(options: ProgramSessionOptions, client: Client, start: number): void {
  const { name, clock, channel } = options;
  const locks = resumedBy(client).map((held, index) => ({
    process: `${name}/${resumedProcess(options, index)}`,
    ...describeHeld(held),
  }));
  const { id: session } = client.session;
  channel.line({ process: sessionProcess(name), op: 'session-resumed', session, locks, start, end: clock.now() });
}

function resumedBy({ resumedLocks, resumedPermits }: Client): readonly (Lock | Permit)[] {
  return [...resumedLocks, ...resumedPermits];
}

function resumedProcess({ at }: ProgramSessionOptions, index: number): string {
  return `resumed-${at + 1}-${index + 1}`;
}
