import { describe, expect, test } from 'vitest';
import { LogReader } from '../../src/server/log-reader.ts';

/** A log whose chosen values say where they were read. */
function logReader({ chosenThrough = 50, trimmedThrough = 0, journaledThrough = 40, checkpointSlot = 0 } = {}) {
  const paxos = {
    chosenThrough,
    trimmedThrough,
    chosenValue: (slot: number) => Buffer.from(`memory ${slot}`),
  };
  const journal = {
    readSlots: async (from: number, to: number) => {
      return Array.from({ length: to - from + 1 }, (_, index) => {
        return { slot: from + index, value: Buffer.from(`journal ${from + index}`) } as never;
      });
    },
  };
  const reader = new LogReader(paxos, journal, () => checkpointSlot);
  reader.onAppended({ chosenThrough: journaledThrough });
  return async (fromSlot: number, limit: number) => {
    const { slots, ...more } = await reader.read({ fromSlot, limit });
    return { ...more, values: slots.map(({ value }) => Buffer.from(value).toString()) };
  };
}

describe('slots come', () => {
  test('from the journal as far as it surely has them, and then from memory', async () => {
    const read = logReader();
    expect((await read(38, 5)).values).toEqual(['journal 38', 'journal 39', 'journal 40']);
    expect((await read(41, 2)).values).toEqual(['memory 41', 'memory 42']);
  });

  test('of which only those that are chosen', async () => {
    const read = logReader();
    expect((await read(49, 100)).values).toEqual(['memory 49', 'memory 50']);
    expect(await read(51, 1)).toEqual({ chosenSlot: 50, oldestSlot: 1, values: [] });
  });

  test('unless they were given up', async () => {
    const read = logReader({ trimmedThrough: 45, journaledThrough: 50 });
    expect(await read(45, 1)).toEqual({ chosenSlot: 50, oldestSlot: 46, values: [] });
    expect((await read(0, 20)).values).toHaveLength(5);
  });

  test('from the newest if no slot is named', async () => {
    const read = logReader({ journaledThrough: 50 });
    expect((await read(0, 2)).values).toEqual(['journal 49', 'journal 50']);
    expect((await read(0, 0)).values).toHaveLength(20);
  });

  test('not from memory if they came before the state that another node has sent', async () => {
    const read = logReader({ checkpointSlot: 45 });
    expect((await read(44, 5)).values).toEqual(['journal 44', 'journal 45']);
    expect((await read(46, 1)).values).toEqual(['memory 46']);
  });

  test('so many that a message takes them', async () => {
    const read = logReader({ chosenThrough: 10_000, journaledThrough: 10_000 });
    expect((await read(1, 10_000)).values).toHaveLength(256);
  });
});
