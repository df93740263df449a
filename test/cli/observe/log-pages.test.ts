import { describe, expect, test } from 'vitest';
import { type LogReading, readLog } from '../../../src/cli/observe/log-pages.ts';
import type { ChosenSlot } from '../../../src/rpc/inspection-client.ts';

/** A node whose log has the slots from `oldest` to `chosen`; another is chosen each time that there was nothing new. */
class FakeLog {
  chosen: number;
  readonly oldest: number;
  readonly asked: (readonly [fromSlot: number, limit: number])[] = [];
  readonly skipped: number[] = [];
  readonly ending = new AbortController();

  constructor(oldest: number, chosen: number) {
    this.oldest = oldest;
    this.chosen = chosen;
  }

  async read(more: Partial<LogReading>, most = Number.POSITIVE_INFINITY): Promise<number[]> {
    const slots: number[] = [];
    const reading = readLog({
      ask: async (fromSlot, limit) => this.#answer(fromSlot, limit),
      fromSlot: undefined,
      limit: undefined,
      follow: false,
      lookMs: 1,
      signal: this.ending.signal,
      onSkipped: async (oldest) => void this.skipped.push(oldest),
      ...more,
    });
    for await (const { slot } of reading) {
      slots.push(slot);
      if (slots.length >= most) break;
    }
    return slots;
  }

  #answer(fromSlot: number, limit: number) {
    this.asked.push([fromSlot, limit]);
    const first = fromSlot === 0 ? Math.max(this.oldest, this.chosen - limit + 1) : fromSlot;
    const slots: ChosenSlot[] = [];
    for (let slot = first; slot <= this.chosen && slots.length < limit && first >= this.oldest; slot++) {
      slots.push({ slot, value: Buffer.of() });
    }
    const answer = { slots, chosenSlot: this.chosen, oldestSlot: this.oldest };
    if (first > this.chosen) this.chosen += 1;
    return answer;
  }
}

describe('the log is read', () => {
  test('from the newest slots', async () => {
    expect(await new FakeLog(1, 50).read({ limit: 3 })).toEqual([48, 49, 50]);
    expect(await new FakeLog(49, 50).read({ limit: 3 })).toEqual([49, 50]);
    expect(await new FakeLog(1, 3).read({})).toEqual([1, 2, 3]);
  });

  test('from a slot on, page by page, to the end or the limit', async () => {
    const log = new FakeLog(1, 1_000);
    expect(await log.read({ fromSlot: 301 })).toHaveLength(700);
    expect(log.asked.slice(0, 2)).toEqual([
      [301, 256],
      [557, 256],
    ]);
    expect(await log.read({ fromSlot: 5, limit: 2 })).toEqual([5, 6]);
  });

  test('from where the node still has it, which is said', async () => {
    const log = new FakeLog(40, 42);
    expect(await log.read({ fromSlot: 5 })).toEqual([40, 41, 42]);
    expect(log.skipped).toEqual([40]);
  });

  test('and on, with what is chosen later', async () => {
    const log = new FakeLog(1, 50);
    expect(await log.read({ limit: 1, follow: true }, 2)).toEqual([50, 51]);
    expect(await log.read({ fromSlot: 50, limit: 2, follow: true })).toEqual([50, 51]);
  });

  test('until somebody ends it', async () => {
    const log = new FakeLog(1, 1);
    log.ending.abort();
    await expect(log.read({ follow: true })).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
  });

  test('unless the node has not kept what it knows to be chosen', async () => {
    const ask = async () => ({ slots: [], chosenSlot: 9, oldestSlot: 1 });
    await expect(new FakeLog(1, 9).read({ ask, fromSlot: 5 })).rejects.toThrow(
      expect.objectContaining({ code: 'NOT_KEPT' }),
    );
  });
});
