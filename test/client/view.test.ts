import { expect, test } from 'vitest';
import { ConclaveError, type Entry, op, type ViewOptions } from '../../src/client/index.ts';
import { KeyView } from '../../src/client/key-view.ts';
import { FakeStore } from './fake-store.ts';
import { rejection, until } from './support.ts';

const open = (store: FakeStore, options?: ViewOptions, what = { prefix: 'k/' }) =>
  KeyView.open<Entry>(store, what, { ...options, schema: undefined });

const texts = (view: Awaited<ReturnType<typeof open>>) =>
  [...view.entries()].map(([key, value]) => [key, value.text()]);

function fill(store: FakeStore, count: number): void {
  const keys = Array.from({ length: count }, (_, index) => `k/${String(index).padStart(4, '0')}`);
  for (let at = 0; at < count; at += 1_024) store.write(keys.slice(at, at + 1_024).map((key) => op.put(key, 'old')));
}

test('it is loaded when it is there, and follows from then on', async () => {
  const store = new FakeStore(9);
  store.write([op.put('k/b', '1'), op.put('k/a', '2'), op.put('l', '3')]);
  const view = await open(store);
  expect([view.state, view.revision, view.size]).toEqual(['ready', 10, 2]);
  expect(texts(view)).toEqual([
    ['k/a', '2'],
    ['k/b', '1'],
  ]);
  store.put('l', '4');
  const revision = store.write([op.put('k/c', '5'), op.delete('k/b')]);
  await until(() => view.revision === revision);
  expect(texts(view)).toEqual([
    ['k/a', '2'],
    ['k/c', '5'],
  ]);
  expect([view.has('k/b'), view.get('k/b'), view.get('k/c')?.text(), view.entry('k/c')]).toEqual([
    false,
    undefined,
    '5',
    view.get('k/c'),
  ]);
  expect(view.has('l')).toBe(false);
});

test('an empty store can be viewed, from its first change on', async () => {
  const store = new FakeStore();
  const view = await open(store);
  expect([view.revision, view.size]).toEqual([0, 0]);
  store.put('k/a', '1');
  await until(() => view.revision === 1);
  expect(view.size).toBe(1);
});

test('it has the byte order of the keys, and finds those that are no text', async () => {
  const store = new FakeStore();
  const keys = [[0xff], [0x61, 0x00], [0x61], [0xc3, 0xa9], [0x7a]].map((bytes) => new Uint8Array(bytes));
  for (const key of keys) store.put(key, '');
  const view = await KeyView.open<Entry>(store, { from: 'a' }, { schema: undefined });
  const order = [...view.entries()].map(([, { keyBytes }]) => [...keyBytes]);
  expect(order).toEqual([[0x61], [0x61, 0x00], [0x7a], [0xc3, 0xa9], [0xff]]);
  expect(view.get(new Uint8Array([0xff]))?.createRevision).toBe(1);
  store.delete(new Uint8Array([0xff]));
  await until(() => view.size === 4);
  const single = await KeyView.open<Entry>(store, 'a', { schema: undefined });
  const between = await KeyView.open<Entry>(store, { from: 'a', to: 'b' }, { schema: undefined });
  expect([single.size, between.size]).toEqual([1, 2]);
});

test('it is loaded page by page at one revision, whatever changes meanwhile, and misses nothing of it', async () => {
  const store = new FakeStore();
  fill(store, 2_500);
  let pages = 0;
  store.before = (call) => {
    if (call === 'watch') store.put('k/2000', 'before the watch');
    if (call !== 'range') return;
    pages += 1;
    if (pages > 1) store.write([op.put('k/0001', `in page ${pages}`), op.put('k/2400', `in page ${pages}`)]);
  };
  const view = await open(store);
  expect([view.revision, view.size, pages]).toEqual([3, 2_500, 3]);
  expect([view.get('k/0001')?.text(), view.get('k/2400')?.text(), view.get('k/2000')?.text()]).toEqual([
    'old',
    'old',
    'old',
  ]);
  const asked = store.calls.map(({ kind, options }) => [kind, options?.revision, options?.consistency]);
  expect(asked).toEqual([
    ['range', undefined, undefined],
    ['range', 3, 'stale'],
    ['range', 3, 'stale'],
    ['watch', undefined, undefined],
  ]);
  await until(() => view.revision === store.revision);
  expect([view.get('k/0001')?.text(), view.get('k/2400')?.text(), view.get('k/2000')?.text()]).toEqual([
    'in page 3',
    'in page 3',
    'before the watch',
  ]);
});

test('when the history goes away while it is loaded, it is loaded again', async () => {
  const store = new FakeStore();
  fill(store, 1_500);
  let compactions = 0;
  store.before = (call, options) => {
    const isSecondPage = call === 'range' && options?.revision !== undefined;
    if (compactions === 0 ? !isSecondPage : call !== 'watch' || compactions > 1) return;
    compactions += 1;
    store.put(`k/new-${compactions}`, '');
    if (compactions === 2) store.put(`k/new-3`, '');
    store.compact();
  };
  const view = await open(store);
  expect([compactions, view.size, view.revision]).toEqual([2, 1_503, store.revision]);
});

test('when the history goes away while it is cut off, it is loaded anew, and tells what changed as one step', async () => {
  const store = new FakeStore();
  store.write([op.put('k/a', '1'), op.put('k/b', '1'), op.put('k/c', '1')]);
  const view = await open(store);
  const changes = view.changes();
  for (const watch of store.watches) watch.hold();
  store.put('k/d', '2');
  store.put('k/d', '3');
  store.delete('k/a');
  store.put('k/b', '4');
  store.write([op.put('k/e', '5')]);
  store.delete('k/e');
  let finish: () => void = () => undefined;
  store.before = () =>
    new Promise<void>((resolve) => {
      finish = resolve;
    });
  store.compact();
  await until(() => view.state === 'stale');
  expect(texts(view).join()).toBe('k/a,1,k/b,1,k/c,1');
  store.before = () => undefined;
  await new Promise((resolve) => setTimeout(resolve, 5));
  finish();
  const { value } = await changes.next();
  expect(value).toMatchObject({
    revision: store.revision,
    combined: true,
    events: [
      { type: 'delete', key: 'k/a' },
      { type: 'put', key: 'k/b' },
      { type: 'put', key: 'k/d', previous: undefined },
    ],
  });
  await until(() => view.state === 'ready');
  expect(texts(view).join()).toBe('k/b,4,k/c,1,k/d,3');
  store.put('k/f', '6');
  expect((await changes.next()).value).toMatchObject({ combined: false, events: [{ type: 'put', key: 'k/f' }] });
});

test('while it is loaded anew, what may pass is tried again, and what cannot ends it', async () => {
  for (const [code, isEnd] of [
    ['UNAVAILABLE', false],
    ['CLUSTER_CHANGED', true],
  ] as const) {
    const store = new FakeStore();
    const view = await open(store);
    let failures = 2;
    store.before = () => {
      if (failures-- > 0) throw new ConclaveError(code, 'by the test');
    };
    for (const watch of store.watches) watch.end(new ConclaveError('COMPACTED', 'by the test'));
    await until(() => (isEnd ? view.state === 'closed' : store.watches.size === 1 && view.state === 'ready'));
    expect(view.error).toEqual(isEnd ? expect.objectContaining({ code }) : undefined);
  }
});

test('a watch that leaves something out ends it: it never shows what never was', async () => {
  const store = new FakeStore();
  const view = await open(store);
  const [watch] = store.watches;
  store.put('k/a', '1');
  await until(() => view.size === 1);
  watch?.hold();
  store.put('k/a', '2');
  watch?.dropNext();
  store.put('k/a', '3');
  watch?.release();
  await until(() => view.state === 'closed');
  expect(view.error).toMatchObject({ code: 'PROTOCOL_ERROR' });
  expect(() => view.get('k/a')).toThrow(expect.objectContaining({ code: 'PROTOCOL_ERROR' }));
});

test('more than it may hold is refused while it is loaded, page by page', async () => {
  const store = new FakeStore();
  fill(store, 3_000);
  const tooLarge = { code: 'VIEW_TOO_LARGE', retryable: false };
  expect(await rejection(open(store, { maxEntries: 999 }))).toMatchObject(tooLarge);
  expect(await rejection(open(store, { maxBytes: 8_999 }))).toMatchObject(tooLarge);
  expect(store.calls.map(({ kind }) => kind)).toEqual(['range', 'range']);
  expect((await open(store, { maxEntries: 3_000, maxBytes: 27_000 })).size).toBe(3_000);
});

test('past what it may hold it ends with the error, everywhere, and lets go', async () => {
  for (const options of [{ maxEntries: 2 }, { maxBytes: 8 }]) {
    const store = new FakeStore();
    store.write([op.put('k/a', '1'), op.put('k/b', '1')]);
    const view = await open(store, options);
    const changes = view.changes();
    // No more than before, at the end of the revision.
    store.write([op.put('k/c', '1'), op.delete('k/a')]);
    expect((await changes.next()).value).toMatchObject({ revision: 2 });
    store.put('k/d', '1');
    const tooLarge = expect.objectContaining({ code: 'VIEW_TOO_LARGE' });
    await expect(changes.next()).rejects.toEqual(tooLarge);
    expect(await changes.next()).toEqual({ done: true, value: undefined });
    expect([view.state, view.error, view.revision]).toEqual(['closed', tooLarge, 2]);
    for (const use of [() => view.get('k/a'), () => view.size, () => view.entries(), () => view.changes()]) {
      expect(use).toThrow(tooLarge);
    }
    expect(store.watches.size).toBe(0);
  }
});

test('it is stale while the client has no connection', async () => {
  const store = new FakeStore();
  const view = await open(store);
  const states = (['switching', 'jeopardy', 'expired'] as const).map((type) => {
    store.state = { type };
    return view.state;
  });
  expect(states).toEqual(['stale', 'stale', 'stale']);
  store.state = { type: 'connected', endpoint: 'fake' };
  expect(view.state).toBe('ready');
  store.state = { type: 'closed' };
  expect(view.state).toBe('closed');
});

test('what is iterated over stays as it was, whatever changes meanwhile', async () => {
  const store = new FakeStore();
  fill(store, 100);
  const view = await open(store);
  const entries = view.entries();
  store.write([op.put('k/0000', 'new'), op.delete('k/0050'), op.put('k/9', 'new')]);
  await until(() => view.revision === store.revision);
  const seen = [...entries];
  expect([seen.length, new Set(seen.map(([, value]) => value.text()))]).toEqual([100, new Set(['old'])]);
});

test('closing is idempotent, closes the watch, and ends the loops quietly', async () => {
  const store = new FakeStore();
  const view = await open(store);
  const loop = (async () => {
    for await (const _ of view.changes());
    return 'quiet';
  })();
  await view.close();
  await view.close();
  await view[Symbol.asyncDispose]();
  expect(await loop).toBe('quiet');
  expect([view.state, view.error, store.watches.size]).toEqual(['closed', undefined, 0]);
  expect(() => view.has('k/a')).toThrow(expect.objectContaining({ code: 'CLOSED' }));
});

test('it can be closed while it is loaded anew', async () => {
  const store = new FakeStore();
  const view = await open(store);
  store.before = () => {
    throw new ConclaveError('UNAVAILABLE', 'by the test');
  };
  for (const watch of store.watches) watch.end(new ConclaveError('COMPACTED', 'by the test'));
  await until(() => view.state === 'stale');
  await view.close();
  const calls = store.calls.length;
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect([view.state, view.error, store.calls.length]).toEqual(['closed', undefined, calls]);
});

test('the end of the client ends it quietly', async () => {
  const store = new FakeStore();
  const view = await open(store);
  for (const watch of store.watches) watch.end(undefined);
  await until(() => view.state === 'closed');
  expect(view.error).toBeUndefined();
});

test('a signal ends the loading, and later the view', async () => {
  const reason = new Error('enough');
  const aborted = { name: 'AbortError', code: 'ABORTED', cause: reason };
  const store = new FakeStore();
  const controller = new AbortController();
  const view = await open(store, { signal: controller.signal });
  const next = rejection(view.changes().next());
  store.before = () => new Promise(() => undefined);
  const loading = rejection(open(store, { signal: controller.signal }));
  controller.abort(reason);
  expect(await next).toMatchObject(aborted);
  expect(await loading).toMatchObject(aborted);
  expect([view.state, view.error, store.watches.size]).toEqual(['closed', expect.objectContaining(aborted), 0]);
  expect(await rejection(open(store, { signal: controller.signal }))).toMatchObject(aborted);
});

test('timeoutMs bounds the loading alone', async () => {
  const store = new FakeStore();
  const view = await open(store, { timeoutMs: 30 });
  await new Promise((resolve) => setTimeout(resolve, 120));
  expect(view.state).toBe('ready');
  store.before = (call) => (call === 'watch' ? new Promise(() => undefined) : undefined);
  expect(await rejection(open(store, { timeoutMs: 30 }))).toMatchObject({ code: 'TIMEOUT' });
  expect(store.watches.size).toBe(1);
});

test('arguments of a wrong form are refused', async () => {
  const invalid = { code: 'INVALID_ARGUMENT' };
  expect(await rejection(open(new FakeStore(), { maxEntries: 0 }))).toMatchObject(invalid);
  expect(await rejection(open(new FakeStore(), { maxBytes: 0.5 }))).toMatchObject(invalid);
  expect(await rejection(open(new FakeStore(), {}, 7 as never))).toMatchObject(invalid);
});
