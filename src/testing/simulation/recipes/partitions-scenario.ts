import { setTimeout as sleep } from 'node:timers/promises';
import { type OwnedPartition, partitions } from '../../../recipes/index.ts';
import type { Participant, ScenarioFactory } from './scenario.ts';

interface Owner {
  readonly program: string;
  readonly partition: number;
  readonly token: number;
  readonly session: string;
}

const count = 5;

/** Members that come, go, die and are cut off, each at work on the partitions that it owns. */
export const partitionsScenario: ScenarioFactory = ({ witness }) => {
  const working = new Set<Owner>();
  const newestToken: number[] = [];
  return {
    async participate(participant) {
      for (;;) await takePart(participant);
    },
    isAtRest: async () => {
      const owners = [...working].filter(({ program }) => witness.isRunning(program));
      const owned = new Set(owners.map(({ partition }) => partition));
      return owners.length === count && owned.size === count;
    },
  };

  async function takePart({ client, name, stream }: Participant): Promise<void> {
    const work = async (owned: OwnedPartition): Promise<void> => {
      const { partition, token, signal } = owned;
      const owner = { program: name, partition, token, session: client.session.id };
      begin(owner);
      try {
        await ended(signal);
        await sleep(stream.exponential(50));
      } finally {
        working.delete(owner);
      }
    };
    const onError = (error: unknown): void => void witness.attempt(() => Promise.reject(error));
    const member = await witness.attempt(() =>
      partitions(client, 'parts', { count }).join(work, { id: name, onError }),
    );
    if (member === undefined) {
      await sleep(100);
      return;
    }
    const staysMs = stream.exponential(4_000);
    if (stream.chance(0.5) && !witness.faultsAreOver) await sleep(staysMs);
    else await ended(member.signal);
    await witness.attempt(() => member.leave());
    await sleep(stream.exponential(300));
  }

  /** Its lock was granted before: so whoever had it must be done, or must have lost its session. */
  function begin(owner: Owner): void {
    const { partition, token, program } = owner;
    const newest = newestToken[partition] ?? 0;
    if (newest > 0) witness.hit('partition changed hands');
    witness.expect(token !== newest, 'each owner has a token of its own', () => `partition ${partition}: ${token}`);
    newestToken[partition] = Math.max(newest, token);
    const other = [...working].find(
      (one) =>
        one.partition === partition &&
        one.token < token &&
        witness.isRunning(one.program) &&
        witness.isLive(one.session),
    );
    const detail = () => `${program} begins with ${token}, and ${other?.program} is at work with ${other?.token}`;
    witness.expect(other === undefined, 'a partition has one owner at a time', detail);
    working.add(owner);
  }
};

async function ended(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
