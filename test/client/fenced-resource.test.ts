import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  ConclaveError,
  FencedResource,
  type FencingStore,
  memoryFencingStore,
  oneAtATime,
} from '../../src/client/index.ts';
import { rejection, start, until } from './support.ts';

interface Draft {
  readonly writes: string[];
  highestToken: number | undefined;
}

/** A database: what a transaction does is seen by others once it has committed, and nothing of it if it fails. */
class Database implements FencingStore<Draft> {
  readonly writes: string[] = [];
  highestToken = 0;
  /** What reading and committing wait for. */
  pause = async (): Promise<void> => {};

  async transaction(work: (draft: Draft) => Promise<void>): Promise<void> {
    const draft: Draft = { writes: [], highestToken: undefined };
    await work(draft);
    await this.pause();
    this.writes.push(...draft.writes);
    this.highestToken = draft.highestToken ?? this.highestToken;
  }

  async raiseToken(draft: Draft, _resource: string, token: number): Promise<number> {
    const stored = this.highestToken;
    await this.pause();
    draft.highestToken = Math.max(stored, token);
    return draft.highestToken;
  }
}

function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

const write = (text: string) => (draft: Draft) => {
  draft.writes.push(text);
};

describe('a token', () => {
  it('is refused if it is lower than one seen before, and changes nothing', async () => {
    const database = new Database();
    const resource = new FencedResource('jobs', database);
    await resource.write(34, write('new'));
    const error = await rejection(resource.write(33, write('late')));
    expect(error).toMatchObject({ code: 'STALE_TOKEN', retryable: false, outcome: 'not-applied' });
    expect(error.message).toBe("the fencing token 33 is older than 34, the highest that 'jobs' has seen");
    expect(database).toMatchObject({ writes: ['new'], highestToken: 34 });
  });

  it('is accepted again: one holder writes often, and several share a token', async () => {
    const database = new Database();
    const resource = new FencedResource('jobs', database);
    await resource.write(34, write('a'));
    await resource.write({ name: 'jobs', token: 34 }, write('b'));
    expect(database.writes).toEqual(['a', 'b']);
  });

  it('that claims the resource shuts out lower ones before anything is written', async () => {
    const database = new Database();
    const resource = new FencedResource('jobs', database);
    await expect(resource.claim(34)).resolves.toBeUndefined();
    expect(await rejection(resource.write(33, write('late')))).toMatchObject({ code: 'STALE_TOKEN' });
    expect(await rejection(resource.claim(33))).toMatchObject({ code: 'STALE_TOKEN' });
    expect(database.writes).toEqual([]);
  });

  it('that is none is an invalid argument, and reaches neither store nor change', async () => {
    const token = fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true });
    const holder = fc.oneof(token, fc.record({ name: fc.constantFrom('jobs', 'other', 7), token }));
    const special = [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '34', 34n, null, undefined, []];
    const isToken = (value: unknown) => Number.isSafeInteger(value) && (value as number) > 0;
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.constantFrom(...special), holder), async (value) => {
        fc.pre(!isToken(value) && !isToken((value as { readonly token?: unknown } | null | undefined)?.token));
        const database = new Database();
        const resource = new FencedResource('jobs', database);
        const error = await rejection(resource.write(value as never, write('garbage')));
        expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', outcome: 'not-applied' });
        expect(database).toMatchObject({ writes: [], highestToken: 0 });
      }),
    );
  });

  it.each([1, Number.MAX_SAFE_INTEGER])('may be %d', async (token) => {
    await expect(new FencedResource('jobs', new Database()).write(token, () => 'done')).resolves.toBe('done');
  });

  it('of another lock is an invalid argument', async () => {
    const resource = new FencedResource('jobs', new Database());
    const error = await rejection(resource.write({ name: 'other', token: 99 }, write('stray')));
    expect(error.message).toBe("the lock 'other' is not the one that protects 'jobs'");
    await resource.write({ name: 'jobs', token: 1 }, write('own'));
  });

  it('of a lock of this process that is no longer held is not even shown to the resource', async () => {
    const { client } = await start();
    const lock = await client.lock('jobs');
    const database = new Database();
    const resource = new FencedResource('jobs', database);
    await resource.write(lock, write('held'));
    // Released while the write waits for its transaction.
    const paused = gate();
    database.pause = () => paused.opened;
    const waiting = rejection(resource.write(lock, write('waited')));
    void lock.release();
    paused.open();
    expect(await waiting).toMatchObject({ code: 'LOCK_LOST', outcome: 'not-applied' });
    expect(await rejection(resource.write(lock, write('late')))).toMatchObject({ code: 'LOCK_LOST' });
    expect(database.writes).toEqual(['held']);
  });
});

describe('whatever the interleaving', () => {
  const turns = fc.array(fc.record({ token: fc.integer({ min: 1, max: 6 }), fails: fc.boolean() }), { maxLength: 12 });

  it('tokens of accepted writes never fall, and each refused one is lower than one accepted before', async () => {
    await fc.assert(
      fc.asyncProperty(turns, fc.scheduler(), async (writers, scheduler) => {
        const database = new Database();
        database.pause = () => scheduler.schedule(Promise.resolve());
        const resource = new FencedResource('jobs', oneAtATime(database));
        const outcomes: { readonly token: number; readonly outcome: string }[] = [];
        const calls = writers.map(async ({ token, fails }) => {
          await scheduler.schedule(Promise.resolve());
          try {
            await resource.write(token, async (draft) => {
              await database.pause();
              if (fails) throw new Error('a full disk');
              draft.writes.push(String(token));
            });
            outcomes.push({ token, outcome: 'accepted' });
          } catch (error) {
            outcomes.push({ token, outcome: error instanceof ConclaveError ? error.code : 'failed' });
          }
        });
        await scheduler.waitFor(Promise.all(calls));

        let highest = 0;
        for (const { token, outcome } of outcomes) {
          if (outcome === 'STALE_TOKEN') expect(token).toBeLessThan(highest);
          else expect(token).toBeGreaterThanOrEqual(highest);
          if (outcome === 'accepted') highest = token;
        }
        const accepted = outcomes.filter(({ outcome }) => outcome === 'accepted').map(({ token }) => String(token));
        expect(database).toMatchObject({ writes: accepted, highestToken: highest });
      }),
    );
  });

  it('which the same store without a queue does not keep: the property can fail', async () => {
    const database = new Database();
    const resource = new FencedResource('jobs', database);
    const committing = gate();
    const old = resource.write(33, async (draft) => {
      await committing.opened;
      draft.writes.push('late');
    });
    await resource.write(34, write('new'));
    committing.open();
    await old;
    expect(database.writes).toEqual(['new', 'late']);
  });
});

describe('one at a time', () => {
  it('the second writer begins when the first has committed, even if that one fails', async () => {
    const database = new Database();
    const store = oneAtATime(database);
    const log: string[] = [];
    const first = rejection(
      new FencedResource('a', store).write(2, async () => {
        log.push('first begins');
        await new Promise((resolve) => setTimeout(resolve, 5));
        log.push('first ends');
        throw new ConclaveError('TIMEOUT', 'a slow disk');
      }),
    );
    const second = new FencedResource('b', store).write(1, () => log.push('second'));
    expect(await first).toMatchObject({ code: 'TIMEOUT' });
    await second;
    expect(log).toEqual(['first begins', 'first ends', 'second']);
  });
});

describe('in memory', () => {
  it('resources have tokens of their own and do not wait for each other; writes to one do', async () => {
    const store = memoryFencingStore();
    const slow = gate();
    const log: string[] = [];
    const first = new FencedResource('a', store).write(9, async () => {
      await slow.opened;
      log.push('a 9');
    });
    const refused = rejection(new FencedResource('a', store).write(8, () => log.push('a 8')));
    await new FencedResource('b', store).write(1, () => log.push('b 1'));
    slow.open();
    await first;
    expect(await refused).toMatchObject({ code: 'STALE_TOKEN' });
    expect(log).toEqual(['b 1', 'a 9']);
  });

  it('a token whose change has failed counts as seen, for nothing undoes what the change began', async () => {
    const resource = new FencedResource('a', memoryFencingStore());
    const failed = resource.write(9, () => Promise.reject(new Error('half done')));
    await expect(failed).rejects.toThrow('half done');
    expect(await rejection(resource.claim(8))).toMatchObject({ code: 'STALE_TOKEN' });
  });
});

test.each([
  ['no name', () => new FencedResource('', new Database())],
  ['a name of another type', () => new FencedResource(7 as never, new Database())],
  ['no store', () => new FencedResource('jobs', undefined as never)],
  ['half a store', () => new FencedResource('jobs', { transaction: async () => {} } as never)],
])('a resource with %s is refused', (_, make) => {
  expect(make).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
});

test('a change that is no function is refused', async () => {
  const call = new FencedResource('jobs', new Database()).write(1, undefined as never);
  expect(await rejection(call)).toMatchObject({ code: 'INVALID_ARGUMENT' });
});

describe('a store', () => {
  const working = new Database();
  const raiseToken = working.raiseToken.bind(working);

  it('passes its own errors on', async () => {
    const full = new Error('the disk is full');
    const failing = { transaction: () => Promise.reject(full), raiseToken };
    await expect(new FencedResource('jobs', failing).claim(1)).rejects.toBe(full);
    const unreadable = { transaction: working.transaction.bind(working), raiseToken: () => Promise.reject(full) };
    await expect(new FencedResource('jobs', unreadable).claim(1)).rejects.toBe(full);
  });

  it('may repeat the transaction: what its last run did counts', async () => {
    const database = new Database();
    const commit = database.transaction.bind(database);
    database.transaction = async (work) => {
      await work({ writes: [], highestToken: undefined });
      await commit(work);
    };
    const resource = new FencedResource('jobs', database);
    let runs = 0;
    expect(await resource.write(5, () => (runs += 1))).toBe(2);

    database.transaction = async (work) => {
      await work({ writes: [], highestToken: undefined });
      database.highestToken = 6;
      await commit(work);
    };
    expect(await rejection(resource.write(5, write('late')))).toMatchObject({ code: 'STALE_TOKEN' });
    expect(database.writes).toEqual([]);
  });

  it('may compare only when it commits, and refuse then', async () => {
    const highestToken = 6;
    const conditional: FencingStore<string[]> = {
      transaction: async (work) => {
        const conditions: string[] = [];
        await work(conditions);
        if (Number(conditions[0]) < highestToken) throw new ConclaveError('STALE_TOKEN', 'the condition does not hold');
      },
      raiseToken: (conditions, _, token) => {
        conditions.push(String(token));
        return token;
      },
    };
    const resource = new FencedResource('jobs', conditional);
    expect(await rejection(resource.claim(5))).toMatchObject({ code: 'STALE_TOKEN', outcome: 'not-applied' });
    await resource.claim(6);
  });

  it.each([
    [
      'wraps errors',
      (work: Promise<void>) => work.catch((cause) => Promise.reject(new Error('rolled back', { cause }))),
    ],
    ['swallows errors', (work: Promise<void>) => work.catch(() => {})],
  ])('that %s does not hide a refusal', async (_, handle) => {
    const database = new Database();
    database.highestToken = 6;
    const store: FencingStore<Draft> = {
      transaction: (work) => handle(work({ writes: [], highestToken: undefined })),
      raiseToken: (...call) => database.raiseToken(...call),
    };
    const call = new FencedResource('jobs', store).write(5, write('late'));
    expect(await rejection(call)).toMatchObject({ code: 'STALE_TOKEN', outcome: 'not-applied' });
  });

  it.each(['7', 7n, undefined, null, Number.NaN, 6])('that returns %s of the token 7 is refused', async (returned) => {
    const store = { transaction: working.transaction.bind(working), raiseToken: () => returned as never };
    const error = await rejection(new FencedResource('jobs', store).write(7, write('unfenced')));
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', outcome: 'not-applied' });
    expect(error.message).toContain('raiseToken returns the larger of 7');
    expect(working.writes).toEqual([]);
  });

  it('that does not wait for its work is not believed, and cannot begin it later', async () => {
    const draft: Draft = { writes: [], highestToken: undefined };
    let begin: (() => Promise<void>) | undefined;
    const forgetful: FencingStore<Draft> = {
      transaction: async (work) => {
        work(draft).catch(() => {});
      },
      raiseToken,
    };
    const late: FencingStore<Draft> = {
      transaction: async (work) => {
        begin = () => work(draft);
      },
      raiseToken,
    };
    const unknown = await rejection(new FencedResource('jobs', forgetful).write(7, write('unawaited')));
    expect(unknown).toMatchObject({ code: 'INVALID_ARGUMENT', outcome: 'unknown' });
    const unapplied = await rejection(new FencedResource('jobs', late).write(7, write('late')));
    expect(unapplied).toMatchObject({ code: 'INVALID_ARGUMENT', outcome: 'not-applied' });
    await until(() => begin !== undefined);
    await expect(begin?.()).rejects.toThrow('has ended');
    expect(draft.writes).toEqual([]);
  });
});
