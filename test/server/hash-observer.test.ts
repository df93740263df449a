import { expect, test } from 'vitest';
import { HashObserver } from '../../src/server/hash-observer.ts';

test('the hash is seen once for each slot with which a turn has ended, and only while somebody looks', async () => {
  const machine = { appliedSlot: 7, hash: 'h7' };
  const observer = new HashObserver(machine);
  const turn = (slot: number): void => {
    machine.appliedSlot = slot;
    machine.hash = `h${slot}`;
    observer.onTurn();
  };
  turn(8);
  const observing = observer.observe(1);
  turn(9);
  turn(9);
  turn(11);
  expect(await observing).toEqual({
    hashes: [
      { slot: 8, hash: 'h8' },
      { slot: 9, hash: 'h9' },
      { slot: 11, hash: 'h11' },
    ],
  });
  turn(12);
  expect((await observer.observe(1)).hashes).toEqual([{ slot: 12, hash: 'h12' }]);
});

test('the newest 4,096 are kept', async () => {
  const machine = { appliedSlot: 0, hash: '' };
  const observer = new HashObserver(machine);
  const observing = observer.observe(1);
  while (machine.appliedSlot < 5_000) {
    machine.appliedSlot += 1;
    observer.onTurn();
  }
  const { hashes } = await observing;
  expect([hashes.length, hashes[0]?.slot, hashes.at(-1)?.slot]).toEqual([4_096, 905, 5_000]);
});
