import { expect } from 'vitest';
import { cache, stripedCounter, twoPhase } from '../../../src/recipes/index.ts';
import { waitFor } from '../../../src/testing/cluster/wait-for.ts';
import { type Scenario, soon } from './world.ts';

/** What the dead have added stays, and what is added while the leader dies counts once. */
export const counters: Scenario = async ({ client, victim }) => {
  const counter = stripedCounter(client, 'hits');
  await victim.next('counted');
  let added = 10;
  let adding = true;
  const loop = (async () => {
    for (; adding; added += 1) await counter.add();
  })();
  loop.catch(() => undefined);
  return async () => {
    const before = added;
    await waitFor('more to be added', () => added > before, soon);
    adding = false;
    await loop;
    expect((await counter.total()).value).toBe(BigInt(added));
  };
};

/** It follows through the death of the leader, and a synced read is never stale. */
export const caches: Scenario = async ({ client, victim }) => {
  await client.put('near/a', '0');
  const near = await cache(client, 'near/');
  await victim.next('cached');
  return async () => {
    for (let count = 1; count <= 5; count++) {
      const { revision } = await client.put('near/a', String(count), soon);
      expect((await near.get('near/a', { sync: true, ...soon }))?.text()).toBe(String(count));
      expect(near.get('near/a')?.modRevision).toBeGreaterThanOrEqual(revision);
    }
    await near.close();
  };
};

/** The coordinator dies when it has decided, and one participant has committed: a survivor sees to the other one. */
export const distributedTransactions: Scenario = async ({ client, stores }) => {
  const committed = ({ states }: typeof stores.debit) => [...states.values()].join();
  await waitFor('the first to have committed', () => committed(stores.debit) === 'committed', soon);
  expect(committed(stores.credit)).toBe('prepared');
  const recovered: string[] = [];
  const { debit, credit } = stores;
  const transfers = twoPhase(client, 'transfers', { participants: { debit, credit } });
  const recovery = transfers.recover({ onRecovered: (_, outcome) => recovered.push(outcome) });
  return async () => {
    await waitFor('the recovery', () => recovered.length > 0, soon);
    expect(recovered).toEqual(['committed']);
    expect([stores.debit.committed, stores.credit.committed]).toEqual([[-10], [10]]);
    expect([...stores.debit.problems, ...stores.credit.problems]).toEqual([]);
    expect(await transfers.unfinished()).toEqual([]);
    await recovery.stop();
  };
};

/** A coordinator has come to each of its steps, and is killed there: a survivor brings all of them to one end on both sides. */
export const everyStep: Scenario = async ({ client, victim, stores: { from, to } }) => {
  await victim.next('at every step');
  const states = ({ states }: typeof from) => [...states.values()].sort();
  return async () => {
    const transfers = twoPhase(client, 'steps', { participants: { from, to } });
    await using _ = transfers.recover();
    await waitFor('all to be over', async () => (await transfers.unfinished()).length === 0, soon);
    expect(from.states).toEqual(to.states);
    // Three had begun and were not decided, four were decided; two had not begun.
    const [rolledBack, committed] = [new Array(3).fill('rolledBack'), new Array(4).fill('committed')];
    expect(states(from)).toEqual([...committed, ...rolledBack]);
    expect([...from.problems, ...to.problems]).toEqual([]);
  };
};
