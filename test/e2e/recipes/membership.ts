import { expect } from 'vitest';
import { directory, type GroupChange, group, ring } from '../../../src/recipes/index.ts';
import { waitFor } from '../../../src/testing/cluster/wait-for.ts';
import { type Scenario, soon } from './world.ts';

/** Its members learn of the crash, in one order with everything else, and the ring over them gives its keys to the others. */
export const groupAndRing: Scenario = async ({ client, victim }) => {
  const changes: GroupChange[] = [];
  const enough = new AbortController();
  const following = (async () => {
    for await (const change of group(client, 'shards').changes({ signal: enough.signal })) changes.push(change);
  })().catch((error: Error) => error.name);
  const told = (id: string) =>
    changes.flatMap(({ events }) => events.flatMap(({ type, member }) => (member.id === id ? [type] : [])));
  const membership = await group(client, 'shards').join({ id: 'a' });
  const live = await ring(client, 'shards');
  const keys = Array.from({ length: 100 }, (_, index) => `key-${index}`);
  const owners = () => new Set(keys.map((key) => live.owner(key)));
  await victim.next('in group');
  await waitFor('the ring to have both', () => owners().size === 2, soon);
  return async () => {
    await waitFor('the crash', () => told('victim').includes('crashed'), soon);
    await membership.update({ load: '1' });
    await waitFor('the update', () => told('a').includes('updated'), soon);
    // Who was there at first is no event.
    expect(told('victim').filter((type) => type !== 'joined')).toEqual(['crashed']);
    expect(told('a').filter((type) => type !== 'joined')).toEqual(['updated']);
    expect(owners()).toEqual(new Set(['a']));
    await live.close();
    enough.abort();
    expect(await following).toBe('AbortError');
  };
};

/** The dead instance is called until its session has expired, spared meanwhile, and then gone. */
export const serviceDirectory: Scenario = async ({ client, victim }) => {
  const service = directory(client, 'mail');
  const registration = await service.register({ id: 'survivor', address: 'http://127.0.0.1:2' });
  const resolver = await service.resolve({ failures: 1, isolationMs: 60_000 });
  await victim.next('registered');
  await waitFor('both', () => resolver.instances.length === 2, soon);
  return async () => {
    const call = () =>
      resolver.call(({ id }) => {
        if (id === 'victim') throw new Error('dead');
        return id;
      });
    for (let count = 0; count < 2; count++) await call().catch(() => undefined);
    expect(await Promise.all([call(), call()])).toEqual(['survivor', 'survivor']);
    await waitFor('the dead to be gone', () => resolver.instances.length === 1, soon);
    await registration.deregister();
    await resolver.close();
  };
};
