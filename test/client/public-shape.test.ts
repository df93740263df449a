import { expect, expectTypeOf, test } from 'vitest';
import * as conclave from '../../src/client/index.ts';
import type * as agreed from './public-shape.ts';

/** All but what transactions add, whose brand is private to each copy, and views, which hand out errors: see below. */
type Plain<C> = Omit<C, 'txn' | 'view'>;

/** A class without what is private to it. */
type Visible<C> = Pick<C, keyof C>;

/** A transaction of somebody's database. */
interface Draft {
  readonly id: number;
}

test('nothing more is exported than was agreed on', () => {
  expect(Object.keys(conclave).sort()).toEqual([
    'ConclaveError',
    'FencedResource',
    'cond',
    'connect',
    'memoryFencingStore',
    'oneAtATime',
    'op',
  ]);
  expect(Object.keys(conclave.op)).toEqual(['put', 'get', 'delete', 'txn']);
  expect(Object.keys(conclave.cond)).toEqual([
    'exists',
    'absent',
    'valueIs',
    'value',
    'version',
    'createRevision',
    'modRevision',
    'unchanged',
    'owner',
    'counter',
    'lockHeld',
  ]);
});

// The compiler checks these: they say nothing at run time.
test('the types are those that were agreed on', () => {
  expectTypeOf<conclave.Bytes>().toEqualTypeOf<agreed.Bytes>();
  expectTypeOf<conclave.CallOptions>().toEqualTypeOf<agreed.CallOptions>();
  expectTypeOf<conclave.ConnectOptions>().toEqualTypeOf<agreed.ConnectOptions>();
  expectTypeOf<conclave.ReadOptions>().toEqualTypeOf<agreed.ReadOptions>();
  expectTypeOf<conclave.PutOptions>().toEqualTypeOf<agreed.PutOptions>();
  expectTypeOf<conclave.ConditionalPutOptions>().toEqualTypeOf<agreed.ConditionalPutOptions>();
  expectTypeOf<conclave.PutResult<true>>().toEqualTypeOf<agreed.PutResult<true>>();
  expectTypeOf<conclave.DeleteOptions>().toEqualTypeOf<agreed.DeleteOptions>();
  expectTypeOf<conclave.DeleteResult>().toEqualTypeOf<agreed.DeleteResult>();
  expectTypeOf<conclave.RangeOptions & conclave.KeysOnly>().toEqualTypeOf<agreed.RangeOptions & agreed.KeysOnly>();
  expectTypeOf<conclave.ScanOptions & conclave.WithValues>().toEqualTypeOf<agreed.ScanOptions & agreed.WithValues>();
  expectTypeOf<conclave.RangeResult<conclave.KeyEntry>>().toEqualTypeOf<agreed.RangeResult<agreed.KeyEntry>>();
  expectTypeOf<conclave.Comparison>().toEqualTypeOf<agreed.Comparison>();
  expectTypeOf<conclave.Selector>().toEqualTypeOf<agreed.Selector>();
  expectTypeOf<conclave.Entry>().toEqualTypeOf<agreed.Entry>();
  expectTypeOf<conclave.StandardSchema<number>>().toEqualTypeOf<agreed.StandardSchema<number>>();
  expectTypeOf<conclave.Lock>().toEqualTypeOf<agreed.Lock>();
  expectTypeOf<conclave.Sessions>().toEqualTypeOf<agreed.Sessions>();
  expectTypeOf<conclave.SessionInfo>().toEqualTypeOf<agreed.SessionInfo>();
  expectTypeOf<conclave.Permit>().toEqualTypeOf<agreed.Permit>();
  expectTypeOf<conclave.LockInfo>().toEqualTypeOf<agreed.LockInfo>();
  expectTypeOf<conclave.LockOptions>().toEqualTypeOf<agreed.LockOptions>();
  expectTypeOf<conclave.PermitOptions>().toEqualTypeOf<agreed.PermitOptions>();
  expectTypeOf<conclave.Counter>().toEqualTypeOf<agreed.Counter>();
  expectTypeOf<conclave.Watch>().toEqualTypeOf<agreed.Watch>();
  expectTypeOf<conclave.WatchBatch>().toEqualTypeOf<agreed.WatchBatch>();
  expectTypeOf<conclave.WatchEvent>().toEqualTypeOf<agreed.WatchEvent>();
  expectTypeOf<conclave.WatchOptions>().toEqualTypeOf<agreed.WatchOptions>();
  expectTypeOf<conclave.ObjectWatchOptions>().toEqualTypeOf<agreed.ObjectWatchOptions>();
  expectTypeOf<conclave.SessionWatchOptions>().toEqualTypeOf<agreed.SessionWatchOptions>();
  expectTypeOf<conclave.Watch<conclave.LockEvent>>().toEqualTypeOf<agreed.Watch<agreed.LockEvent>>();
  expectTypeOf<conclave.CounterEvent>().toEqualTypeOf<agreed.CounterEvent>();
  expectTypeOf<conclave.SessionEvent>().toEqualTypeOf<agreed.SessionEvent>();
  expectTypeOf<conclave.ClientStatus>().toEqualTypeOf<agreed.ClientStatus>();
  expectTypeOf<conclave.Transaction>().toEqualTypeOf<agreed.Transaction>();
  expectTypeOf<conclave.TransactOptions>().toEqualTypeOf<agreed.TransactOptions>();
  expectTypeOf<conclave.Transacted<number>>().toEqualTypeOf<agreed.Transacted<number>>();
  expectTypeOf<conclave.Condition>().toEqualTypeOf<agreed.Condition>();
  expectTypeOf<typeof conclave.cond>().toEqualTypeOf<typeof agreed.cond>();
  expectTypeOf<Plain<conclave.Client>>().toEqualTypeOf<Plain<agreed.Client>>();
  expectTypeOf<Parameters<typeof conclave.connect>>().toEqualTypeOf<Parameters<typeof agreed.connect>>();
  expectTypeOf<conclave.FencingStore<Draft>>().toEqualTypeOf<agreed.FencingStore<Draft>>();
  expectTypeOf<conclave.FencingToken>().toEqualTypeOf<agreed.FencingToken>();
  expectTypeOf<Visible<conclave.FencedResource<Draft>>>().toEqualTypeOf<Visible<agreed.FencedResource<Draft>>>();
  type MakeResource = typeof conclave.FencedResource<Draft>;
  expectTypeOf<ConstructorParameters<MakeResource>>().toEqualTypeOf<
    ConstructorParameters<typeof agreed.FencedResource<Draft>>
  >();
  expectTypeOf<typeof conclave.oneAtATime<Draft>>().toEqualTypeOf<typeof agreed.oneAtATime<Draft>>();
  expectTypeOf<typeof conclave.memoryFencingStore>().toEqualTypeOf<typeof agreed.memoryFencingStore>();
  expectTypeOf<conclave.ViewOptions>().toEqualTypeOf<agreed.ViewOptions>();
  expectTypeOf<conclave.TypedViewOptions<number>>().toEqualTypeOf<agreed.TypedViewOptions<number>>();
  // It may tell more than was agreed on, never less.
  expectTypeOf<conclave.View>().toExtend<agreed.View>();
  expectTypeOf<conclave.View<number>>().toExtend<agreed.View<number>>();
  expectTypeOf<conclave.ConclaveError>().toExtend<agreed.ConclaveError>();
});

test('the schema decides about the type of a view', () => {
  const plain = async (client: conclave.Client) => await client.view('a', { maxEntries: 1 });
  const typed = async (client: conclave.Client, schema: conclave.StandardSchema<number>) =>
    await client.view({ prefix: 'a' }, { schema });
  expectTypeOf<Awaited<ReturnType<typeof plain>>>().toEqualTypeOf<conclave.View>();
  expectTypeOf<Awaited<ReturnType<typeof typed>>>().toEqualTypeOf<conclave.View<number>>();
});

test('the results of a transaction have the types of its operations', () => {
  const transaction = async (client: conclave.Client) => {
    const { cond, op } = conclave;
    return await client.txn({ if: [cond.absent('a')], then: [op.put('a', ''), op.get('b')], else: [op.delete('a')] });
  };
  type Done = Awaited<ReturnType<typeof transaction>>;
  type Yes = Extract<Done, { readonly succeeded: true }>;
  type No = Extract<Done, { readonly succeeded: false }>;
  expectTypeOf<Yes['results']>().toEqualTypeOf<readonly [{ readonly revision: number }, conclave.Entry | undefined]>();
  expectTypeOf<No['results']>().toEqualTypeOf<readonly [{ readonly deleted: boolean }]>();

  const withoutElse = async (client: conclave.Client) => await client.txn({ if: [], then: [conclave.op.get('a')] });
  type Empty = Extract<Awaited<ReturnType<typeof withoutElse>>, { readonly succeeded: false }>;
  expectTypeOf<Empty['results']>().toEqualTypeOf<readonly []>();
});
