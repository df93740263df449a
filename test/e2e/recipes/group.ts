import { expect } from 'vitest';
import { type GroupChange, group, ring } from '../../../src/recipes/index.ts';
import { waitFor } from '../../../src/testing/cluster/wait-for.ts';
import type { Scenario } from './world.ts';

/** Its members learn of the crash, in one order with everything else, and the ring over them gives its keys to the others. */
export const groupAndRing: Scenario = async ({ client, victim }) => {
  const changes: GroupChange[] = [];
  const enough = new AbortController();
  const following = (async () => {
    for await (const change of group(client, 'shards').changes({ signal: enough.signal })) changes.push(change);
  })().catch((error: Error) => error.name);
  const told = () => changes.flatMap(({ events }) => events.map(({ type, member }) => `${type} ${member.id}`));
  const membership = await group(client, 'shards').join({ id: 'a' });
  const live = await ring(client, 'shards');
  const keys = Array.from({ length: 100 }, (_, index) => `key-${index}`);
  const owners = () => new Set(keys.map((key) => live.owner(key)));
  await victim.next('in group');
  await waitFor('the ring to have both', () => owners().size === 2, { timeoutMs: 5_000 });
  return async () => {
    await waitFor('the crash', () => told().includes('crashed victim'), { timeoutMs: 15_000 });
    await membership.update({ load: '1' });
    await waitFor('the update', () => told().includes('updated a'), { timeoutMs: 5_000 });
    expect(told().filter((event) => event.endsWith('victim'))).toEqual(['joined victim', 'crashed victim']);
    expect(told().filter((event) => event.endsWith(' a'))).toEqual(['joined a', 'updated a']);
    expect(owners()).toEqual(new Set(['a']));
    await live.close();
    enough.abort();
    expect(await following).toBe('AbortError');
  };
};
