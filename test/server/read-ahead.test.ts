import { expect, test } from 'vitest';
import { readAhead } from '../../src/server/read-ahead.ts';

/** Tells what it is asked for; `failAt` instead of that item. */
async function* items(log: string[], { failAt }: { failAt?: number } = {}): AsyncGenerator<number> {
  try {
    for (let item = 0; item < 3; item++) {
      log.push(`read ${item}`);
      if (item === failAt) throw new Error(`cannot read ${item}`);
      yield item;
    }
  } finally {
    log.push('closed');
  }
}

test('an item is read while the one before it is used; all come, in order', async () => {
  const log: string[] = [];
  for await (const item of readAhead(items(log))) log.push(`use ${item}`);
  expect(log).toEqual(['read 0', 'read 1', 'use 0', 'read 2', 'use 1', 'closed', 'use 2']);
});

test('a failure comes after what was read before it', async () => {
  const log: string[] = [];
  const use = async (): Promise<void> => {
    for await (const item of readAhead(items(log, { failAt: 2 }))) log.push(`use ${item}`);
  };
  await expect(use()).rejects.toThrow('cannot read 2');
  expect(log.filter((line) => line.startsWith('use'))).toEqual(['use 0', 'use 1']);
});

test('whoever has enough closes the source, and what failed unseen is nobody’s failure', async () => {
  const log: string[] = [];
  for await (const item of readAhead(items(log, { failAt: 1 }))) {
    expect(item).toBe(0);
    break;
  }
  expect(log).toEqual(['read 0', 'read 1', 'closed']);
});
