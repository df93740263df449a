import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConclaveError, op, type Transaction } from '../../src/client/index.ts';
import { transact } from '../../src/client/transact.ts';
import { FakeStore } from './fake-store.ts';
import { rejection } from './support.ts';

const run = <T>(
  store: FakeStore,
  work: (transaction: Transaction) => T | PromiseLike<T>,
  options?: Parameters<typeof transact>[2],
) => transact(store, work, options);

async function increment(transaction: Transaction, key = 'count'): Promise<number> {
  const next = Number((await transaction.get(key))?.text() ?? 0) + 1;
  transaction.put(key, String(next));
  return next;
}

/** Somebody else changes the key before each commit. */
function contend(store: FakeStore, key: string, times = Number.POSITIVE_INFINITY): void {
  let left = times;
  store.before = (call) => {
    if (call !== 'txn' || left <= 0) return;
    left -= 1;
    store.put(key, `by another, ${left}`);
  };
}

async function storedText(store: FakeStore, key: string): Promise<string | undefined> {
  return (await store.get(key))?.text();
}

test('what is read and written is committed in one revision, and the value is handed on', async () => {
  const store = new FakeStore(100);
  store.put('from', '5');
  store.put('to', '1');
  const done = await run(store, async (transaction) => {
    const [from, to] = await Promise.all([transaction.get('from'), transaction.get('to')]);
    transaction.put('from', String(Number(from?.text()) - 2));
    transaction.put('to', String(Number(to?.text()) + 2));
    transaction.delete('none');
    return 'moved';
  });
  expect(done).toEqual({ value: 'moved', revision: 103, attempts: 1 });
  expect([await storedText(store, 'from'), await storedText(store, 'to')]).toEqual(['3', '3']);
});

test('all reads of an attempt are of one revision, and that of the first is linearizable', async () => {
  const store = new FakeStore(7);
  store.write([op.put('a', '1'), op.put('b', '-1')]);
  const { value, revision } = await run(store, async (transaction) => {
    const a = await transaction.get('a');
    store.write([op.put('a', '2'), op.put('b', '-2')]);
    const [b, again] = await Promise.all([transaction.get('b'), transaction.get('a')]);
    return Number(a?.text()) + Number(b?.text()) + (again === a ? 0 : 100);
  });
  expect([value, revision]).toEqual([0, 8]);
  const reads = store.calls.map(({ kind, options }) => [kind, options?.revision, options?.consistency]);
  expect(reads).toEqual([
    ['range', undefined, undefined],
    ['get', 8, 'stale'],
  ]);
});

test('in a store without a revision, everything is absent, also when something comes meanwhile', async () => {
  const store = new FakeStore();
  const seen = await run(store, async (transaction) => {
    const first = await transaction.get('a');
    store.put('b', '1');
    return [first, await transaction.get('b')];
  });
  expect(seen).toEqual({ value: [undefined, undefined], revision: 0, attempts: 1 });
});

test('it sees its own writes, which have no revision yet', async () => {
  const store = new FakeStore(1);
  store.put('a', 'old');
  const seen = await run(store, async (transaction) => {
    const bytes = new TextEncoder().encode('new');
    transaction.put('a', bytes);
    bytes.fill(0);
    const put = await transaction.get('a');
    transaction.delete('a');
    const deleted = await transaction.get('a');
    transaction.put('a', 'newest');
    return [put?.text(), put?.modRevision, put?.version, deleted];
  });
  expect(seen.value).toEqual(['new', 0, 0, undefined]);
  expect(await storedText(store, 'a')).toBe('newest');
  // Nothing of the store was read: nothing had to be unchanged.
  expect(store.calls.map(({ kind }) => kind)).toEqual(['txn', 'get']);
});

test('it runs again when a key that it read was changed, came, or went', async () => {
  const changes: readonly ((store: FakeStore) => void)[] = [
    (store) => store.put('present', 'else'),
    (store) => store.delete('present'),
    (store) => store.put('absent', 'here'),
  ];
  for (const change of changes) {
    const store = new FakeStore(1);
    store.put('present', '1');
    let first = true;
    store.before = (call) => {
      if (call !== 'txn' || !first) return;
      first = false;
      change(store);
    };
    const { value, attempts } = await run(store, async (transaction) => {
      const seen = [(await transaction.get('present'))?.text(), (await transaction.get('absent'))?.text()];
      transaction.put('sum', seen.join());
      return seen.join();
    });
    expect(attempts).toBe(2);
    expect(await storedText(store, 'sum')).toBe(value);
    expect(value).not.toBe('1,');
  }
});

test('its methods need no object, and there are no others', async () => {
  const store = new FakeStore(1);
  await run(store, async ({ get, put, ...others }) => {
    put('a', (await get('a'))?.text() ?? 'none');
    expect(Object.keys(others)).toEqual(['delete']);
  });
  expect(await storedText(store, 'a')).toBe('none');
});

test('a key that was neither read nor written may change', async () => {
  const store = new FakeStore(1);
  contend(store, 'other');
  expect(await run(store, increment)).toMatchObject({ value: 1, attempts: 1 });
});

test('no update is lost when eight increment one key at once', async () => {
  const store = new FakeStore(1);
  const rounds = Array.from({ length: 8 }, async () => {
    for (let round = 0; round < 5; round++) await run(store, increment, { attempts: 1_000, timeoutMs: 60_000 });
  });
  await Promise.all(rounds);
  expect(await storedText(store, 'count')).toBe('40');
});

test('after so many attempts it is a conflict: retryable, and nothing was written', async () => {
  const store = new FakeStore(1);
  contend(store, 'count');
  let runs = 0;
  const failed = await rejection(
    run(
      store,
      (transaction) => {
        runs += 1;
        transaction.put('mine', '1');
        return transaction.get('count');
      },
      { attempts: 3 },
    ),
  );
  expect(failed).toMatchObject({ code: 'CONFLICT', retryable: true, outcome: 'not-applied' });
  expect(runs).toBe(3);
  expect(await storedText(store, 'mine')).toBeUndefined();
});

test('between attempts it pauses, longer and longer, at random', async () => {
  const store = new FakeStore(1);
  contend(store, 'count', 6);
  const startMs = performance.now();
  expect(await run(store, increment)).toMatchObject({ attempts: 7 });
  // At random between 0 and 10 + 20 + 40 + 80 + 160 + 250 ms.
  expect(performance.now() - startMs).toBeLessThan(2_000);
});

test('timeoutMs bounds attempts and pauses together', async () => {
  const store = new FakeStore(1);
  contend(store, 'count');
  const failed = await rejection(run(store, increment, { attempts: 1_000, timeoutMs: 60 }));
  expect(failed).toMatchObject({ code: 'TIMEOUT', retryable: true, outcome: 'not-applied' });
});

test('timeoutMs and signal end the wait for a function that hangs, and its transaction', async () => {
  const reason = new Error('enough');
  const controller = new AbortController();
  const ends = [
    { options: { timeoutMs: 10 }, end: () => undefined, expected: { code: 'TIMEOUT' } },
    {
      options: { signal: controller.signal },
      end: () => controller.abort(reason),
      expected: { name: 'AbortError', cause: reason },
    },
  ];
  for (const { options, end, expected } of ends) {
    let late: Transaction | undefined;
    const call = run(
      new FakeStore(1),
      async (transaction) => {
        late = transaction;
        await new Promise(() => undefined);
      },
      options,
    );
    end();
    expect(await rejection(call)).toMatchObject(expected);
    expect(() => late?.put('a', '1')).toThrow(expect.objectContaining({ code: 'CLOSED' }));
  }
  const aborted = run(new FakeStore(), () => 0, { signal: controller.signal });
  expect(await rejection(aborted)).toMatchObject({ name: 'AbortError', cause: reason });
});

test('an error of the function is passed on, whatever it is, and nothing is written', async () => {
  const store = new FakeStore(1);
  const own = new TypeError('own');
  const failing = (work: (transaction: Transaction) => unknown) => run(store, work).catch((error: unknown) => error);
  const late = async (transaction: Transaction) => {
    transaction.put('a', '1');
    await transaction.get('b');
    throw own;
  };
  const early = () => {
    throw own;
  };
  expect(await failing(late)).toBe(own);
  expect(await failing(early)).toBe(own);
  expect(await storedText(store, 'a')).toBeUndefined();
  expect(store.calls.some(({ kind }) => kind === 'txn')).toBe(false);
});

test('a commit whose outcome is unknown is passed on and never repeated', async () => {
  const store = new FakeStore(1);
  const unknown = new ConclaveError('TIMEOUT', 'no answer', { outcome: 'unknown' });
  let runs = 0;
  store.before = (call) => {
    if (call === 'txn') throw unknown;
  };
  const call = run(store, (transaction) => {
    runs += 1;
    return increment(transaction);
  });
  expect(await rejection(call)).toBe(unknown);
  expect(runs).toBe(1);
});

test('history that goes away under an attempt costs an attempt, whether the function notices or not', async () => {
  for (const swallow of [true, false]) {
    const store = new FakeStore(1);
    store.put('a', '1');
    let runs = 0;
    const { value, attempts } = await run(store, async (transaction) => {
      runs += 1;
      await transaction.get('a');
      if (runs === 1) {
        store.put('b', '2');
        store.compact();
      }
      const b = transaction.get('b');
      return (await (swallow ? b.catch(() => undefined) : b))?.text();
    });
    expect([value, attempts]).toEqual(['2', 2]);
  }
});

test('after a first read that failed, the next one is the first', async () => {
  const store = new FakeStore(1);
  store.put('b', '1');
  let failures = 1;
  store.before = (call) => {
    if (call === 'range' && failures-- > 0) throw new ConclaveError('KEY_TOO_LARGE', 'too large');
  };
  const { value } = await run(store, async (transaction) => {
    expect((await rejection(transaction.get('a'))).code).toBe('KEY_TOO_LARGE');
    return (await transaction.get('b'))?.text();
  });
  expect(value).toBe('1');
});

test('it is over with its function', async () => {
  const store = new FakeStore(1);
  let late: Transaction | undefined;
  await run(store, (transaction) => {
    late = transaction;
  });
  const closed = { code: 'CLOSED', outcome: 'not-applied' };
  expect(await rejection((late as Transaction).get('a'))).toMatchObject(closed);
  expect(() => late?.put('a', '1')).toThrow(expect.objectContaining(closed));
  expect(() => late?.delete('a')).toThrow(expect.objectContaining(closed));
});

test('past 1,024 keys written, or read by one that writes, there is a clear error', async () => {
  const store = new FakeStore(1);
  const tooMany = { code: 'TOO_MANY_OPERATIONS', outcome: 'not-applied', retryable: false };
  const keys = Array.from({ length: 1_025 }, (_, index) => `key-${index}`);
  const readAll = (transaction: Transaction) => Promise.all(keys.map((key) => transaction.get(key)));
  const writesAll = run(store, (transaction) => {
    for (const key of keys) transaction.put(key, '');
  });
  expect(await rejection(writesAll)).toMatchObject(tooMany);
  const readsAll = run(store, async (transaction) => {
    await readAll(transaction);
    transaction.put('sum', '0');
  });
  expect(await rejection(readsAll)).toMatchObject(tooMany);
  expect((await run(store, readAll)).value).toHaveLength(1_025);
  expect(store.calls.some(({ kind }) => kind === 'txn')).toBe(false);
});

test('arguments of a wrong form are refused', async () => {
  const store = new FakeStore(1);
  const invalid = { code: 'INVALID_ARGUMENT' };
  expect(await rejection(run(store, 'none' as never))).toMatchObject(invalid);
  expect(await rejection(run(store, () => 0, { attempts: 0 }))).toMatchObject(invalid);
  expect(await rejection(run(store, (transaction) => transaction.put('a', 1 as never)))).toMatchObject(invalid);
});

/** Moves between accounts, of which some are absent at first; each is a step of one of several programs. */
const moves = fc.array(
  fc.record({ from: fc.nat({ max: 3 }), to: fc.nat({ max: 3 }), amount: fc.integer({ min: 1, max: 5 }) }),
  { minLength: 1, maxLength: 12 },
);

test('law: however transfers meet, the sum stays, and every snapshot shows it', async () => {
  await fc.assert(
    fc.asyncProperty(moves, async (transfers) => {
      const store = new FakeStore(1);
      store.put('account-0', '100');
      const balance = async (transaction: Transaction, account: number) =>
        Number((await transaction.get(`account-${account}`))?.text() ?? 0);
      const sum = async (transaction: Transaction) => {
        const balances = await Promise.all([0, 1, 2, 3].map((account) => balance(transaction, account)));
        return balances.reduce((total, each) => total + each, 0);
      };
      const options = { attempts: 1_000, timeoutMs: 60_000 };
      const work = transfers.map(async ({ from, to, amount }) => {
        await run(
          store,
          async (transaction) => {
            transaction.put(`account-${from}`, String((await balance(transaction, from)) - amount));
            transaction.put(`account-${to}`, String((await balance(transaction, to)) + amount));
          },
          options,
        );
        expect((await run(store, sum)).value).toBe(100);
      });
      await Promise.all(work);
      expect((await run(store, sum)).value).toBe(100);
    }),
    { numRuns: 25 },
  );
});
