import { describe, expect, it } from 'vitest';
import { ProposalQueue } from '../../src/replica/proposal-queue.ts';
import { decodeBatch } from '../../src/wire/batch-codec.ts';

function operation(size: number, fill: number): Uint8Array {
  return new Uint8Array(size).fill(fill);
}

describe('ProposalQueue', () => {
  it('cuts what is queued into one batch, in order, as the same bytes', () => {
    const queue = new ProposalQueue();
    queue.offer([operation(3, 1), operation(2, 2)]);
    queue.offer([operation(1, 3)]);
    expect(decodeBatch(queue.cut())).toEqual([operation(3, 1), operation(2, 2), operation(1, 3)]);
    expect(queue.length).toBe(0);
  });

  it('a slot holds at most 1 MiB and 4,096 operations; what is left comes next', () => {
    const queue = new ProposalQueue();
    for (let index = 0; index < 3; index += 1) queue.offer([operation(600 * 1024, index)]);
    expect(decodeBatch(queue.cut())).toHaveLength(1);
    expect(decodeBatch(queue.cut())).toHaveLength(1);
    expect(decodeBatch(queue.cut())).toHaveLength(1);
    queue.offer(Array.from({ length: 5_000 }, () => operation(1, 1)));
    expect(decodeBatch(queue.cut())).toHaveLength(4_096);
    expect(decodeBatch(queue.cut())).toHaveLength(904);
  });

  it('takes all or nothing when it is full, and has room again afterwards', () => {
    const queue = new ProposalQueue();
    const large = operation(1024 * 1024, 1);
    for (let index = 0; index < 63; index += 1) expect(queue.offer([large])).toBe(true);
    expect(queue.offer([large, large])).toBe(false);
    expect(queue.length).toBe(63);
    expect(queue.offer([large])).toBe(true);
    queue.cut();
    expect(queue.offer([large])).toBe(true);
  });

  it('an urgent operation goes first and at once, though the queue is full; of two the second waits its turn', () => {
    const queue = new ProposalQueue();
    const large = operation(64 * 1024 * 1024, 1);
    queue.offer([large]);
    expect(queue.offerUrgent(operation(1, 7))).toBe(true);
    expect(queue.offerUrgent(operation(1, 8))).toBe(false);
    expect([queue.length, queue.ready(63)]).toEqual([2, true]);
    expect(decodeBatch(queue.cut())).toEqual([operation(1, 7)]);
    expect(decodeBatch(queue.cut()).map(({ length }) => length)).toEqual([large.length]);
    expect([queue.length, queue.bytes]).toEqual([0, 0]);
    expect(queue.offerUrgent(operation(1, 9))).toBe(true);
    expect(queue.ready(63)).toBe(true);
    queue.clear();
    expect([queue.length, queue.ready(0)]).toEqual([0, false]);
  });

  it('an urgent operation shares its slot with what fits', () => {
    const queue = new ProposalQueue();
    queue.offer(Array.from({ length: 5_000 }, () => operation(1, 1)));
    queue.offerUrgent(operation(1, 7));
    const batch = decodeBatch(queue.cut());
    expect([batch.length, batch[0]]).toEqual([4_096, operation(1, 7)]);
    expect(queue.length).toBe(905);
  });

  it('opens a slot at once while few are under way, and gathers while many are', () => {
    const queue = new ProposalQueue();
    expect(queue.ready(0)).toBe(false);
    queue.offer([operation(10, 1)]);
    expect(queue.ready(0)).toBe(true);
    expect(queue.ready(60)).toBe(false);
    queue.offer([operation(100 * 1024, 1)]);
    expect(queue.ready(60)).toBe(true);
  });
});
