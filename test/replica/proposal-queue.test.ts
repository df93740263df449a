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
