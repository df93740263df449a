import type { Level } from 'level';
import { type FencingStore, oneAtATime } from '../../src/client/index.ts';

export type Operations = { readonly type: 'put'; readonly key: string; readonly value: string }[];

/** The store of the README, in TypeScript. */
export function levelFencingStore(database: Level): FencingStore<Operations> {
  return oneAtATime<Operations>({
    async transaction(work) {
      const operations: Operations = [];
      await work(operations);
      await database.batch(operations, { sync: true });
    },
    async raiseToken(operations, resource, token) {
      const key = `fencing-token/${resource}`;
      const highest = Math.max(token, Number((await database.get(key)) ?? 0));
      operations.push({ type: 'put', key, value: String(highest) });
      return highest;
    },
  });
}
