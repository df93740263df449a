import { setTimeout as sleep } from 'node:timers/promises';
import { type Cache, cache } from '../../../recipes/index.ts';
import type { Participant, ScenarioFactory } from './scenario.ts';

const prefix = 'near/';
const keys = ['a', 'b', 'c'].map((name) => prefix + name);

/** Writers of few keys, each with a near copy of all of them. */
export const cacheScenario: ScenarioFactory = ({ witness }) => {
  /** The highest revision of which any program knows that it has changed something. */
  let acknowledged = 0;
  return {
    async participate(participant) {
      const near = await opened(participant);
      await Promise.all([write(participant), read(participant, near), look(participant, near)]);
      throw new Error('nobody reads any more');
    },
    isAtRest: async ({ client }) => {
      await using near = await cache(client, prefix);
      for (const key of keys) await readOne(near, key);
      return near.progress.revision >= acknowledged;
    },
  };

  async function opened({ client }: Participant): Promise<Cache> {
    for (;;) {
      const near = await witness.attempt(() => cache(client, prefix));
      if (near !== undefined) return near;
    }
  }

  async function write({ client, name, stream }: Participant): Promise<void> {
    for (let count = 0; !witness.faultsAreOver; count++) {
      const key = stream.pick(keys);
      const deletes = stream.chance(0.2);
      const written = await witness.attempt<{ readonly revision: number }>(() =>
        deletes ? client.delete(key) : client.put(key, `${name} ${count}`),
      );
      acknowledged = Math.max(acknowledged, written?.revision ?? 0);
      await sleep(stream.exponential(50));
    }
  }

  async function read({ stream }: Participant, near: Cache): Promise<never> {
    for (;;) {
      await witness.attempt(() => readOne(near, stream.pick(keys)));
      await sleep(stream.exponential(50));
    }
  }

  async function readOne(near: Cache, key: string): Promise<void> {
    const since = acknowledged;
    const entry = await near.get(key, { sync: true, timeoutMs: 2_000 });
    witness.hit('synced read of a cache');
    const detail = () => `${key} as of ${entry?.modRevision}, and ${since} had been acknowledged`;
    witness.expect(witness.wasSo(key, entry?.modRevision, since), 'a synced read is never stale', detail);
  }

  /** At any time, without asking anybody. */
  async function look({ stream }: Participant, near: Cache): Promise<never> {
    for (;;) {
      const { revision } = near.progress;
      for (const key of keys) {
        const shown = near.get(key)?.modRevision;
        const detail = () => `${key} as of ${shown}, and the mark is ${revision}`;
        witness.expect(witness.wasSo(key, shown, revision), 'a cache shows everything up to its mark', detail);
      }
      await sleep(stream.exponential(20));
    }
  }
};
