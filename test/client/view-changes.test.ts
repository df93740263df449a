import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Entry, type Op, op, type View, type ViewChange } from '../../src/client/index.ts';
import { KeyView } from '../../src/client/key-view.ts';
import { FakeStore } from './fake-store.ts';
import { rejection, until } from './support.ts';

const open = (store: FakeStore) => KeyView.open<Entry>(store, { prefix: 'k/' }, undefined);

async function take(changes: AsyncIterator<ViewChange, undefined>): Promise<ViewChange> {
  const { value, done } = await changes.next();
  if (done === true) throw new Error('there is no more');
  return value;
}

/** `+` put, `-` deleted, with the values before and after. */
const brief = ({ events }: ViewChange) =>
  events.map((event) => {
    const previous = event.previous?.text() ?? '';
    return event.type === 'put' ? `+${event.key} ${previous}>${event.value.text()}` : `-${event.key} ${previous}>`;
  });

test('changes are told revision by revision, in byte order, from the call on', async () => {
  const store = new FakeStore();
  store.put('k/a', '1');
  const view = await open(store);
  const changes = view.changes();
  const revisions = [store.write([op.put('k/b', '2'), op.put('k/a', '3')]), store.delete('k/a'), store.put('k/a', '4')];
  const told = [await take(changes), await take(changes), await take(changes)];
  expect(told.map(({ revision }) => revision)).toEqual(revisions);
  expect(told.map(brief)).toEqual([['+k/a 1>3', '+k/b >2'], ['-k/a 3>'], ['+k/a >4']]);
  expect(told.some(({ combined }) => combined)).toBe(false);
  const later = view.changes();
  store.put('k/z', '5');
  expect(brief(await take(later))).toEqual(['+k/z >5']);
  expect(brief(await take(changes))).toEqual(['+k/z >5']);
});

test('a late consumer gets all that it missed as one change, with the newest state of each key', async () => {
  const store = new FakeStore();
  store.write([op.put('k/gone', '0'), op.put('k/kept', '0'), op.put('k/back', '0')]);
  const view = await open(store);
  const changes = view.changes();
  for (let round = 1; round <= 600; round++) store.write([op.put('k/kept', `${round}`), op.put('k/new', `${round}`)]);
  store.write([op.delete('k/gone'), op.delete('k/back')]);
  store.put('k/passing', '1');
  store.delete('k/passing');
  const revision = store.put('k/back', '1');
  await until(() => view.revision === revision);
  const change = await take(changes);
  expect([change.revision, change.combined]).toEqual([revision, true]);
  expect(brief(change)).toEqual(['+k/back 0>1', '-k/gone 0>', '+k/kept 0>600', '+k/new >600']);
  store.put('k/kept', 'next');
  expect(await take(changes)).toMatchObject({ combined: false, events: [{ key: 'k/kept' }] });
});

test('a late consumer is not told of what came and went, nor kept for it', async () => {
  const store = new FakeStore();
  const view = await open(store);
  const changes = view.changes();
  for (let round = 0; round < 1_100; round++) {
    store.put(`k/${round}`, '');
    store.delete(`k/${round}`);
  }
  await until(() => view.revision === store.revision);
  const next = take(changes);
  store.put('k/a', '1');
  expect(await next).toMatchObject({ combined: false, events: [{ key: 'k/a' }] });
});

test('a late consumer of large values is cut short by their bytes', async () => {
  const store = new FakeStore();
  const view = await open(store);
  const changes = view.changes();
  for (let round = 0; round < 20; round++) store.put('k/a', new Uint8Array(512 * 1024).fill(round));
  await until(() => view.revision === store.revision);
  const change = await take(changes);
  expect([change.combined, change.events[0]?.previous]).toEqual([true, undefined]);
  expect(view.get('k/a')?.value[0]).toBe(19);
});

test('break ends the loop, and what it had not taken; a signal throws AbortError', async () => {
  const store = new FakeStore();
  const view = await open(store);
  const controller = new AbortController();
  const [first, second] = [view.changes(), view.changes({ signal: controller.signal })];
  store.put('k/a', '1');
  store.put('k/a', '2');
  for await (const _ of first) break;
  expect(await first.next()).toEqual({ done: true, value: undefined });
  await take(second);
  controller.abort(new Error('enough'));
  expect(await rejection(second.next())).toMatchObject({ name: 'AbortError', cause: new Error('enough') });
  expect(await second.next()).toEqual({ done: true, value: undefined });
  const begun = view.changes({ signal: controller.signal });
  expect(await rejection(begun.next())).toMatchObject({ name: 'AbortError' });
  expect(view.state).toBe('ready');
});

interface Step {
  readonly writes: readonly { readonly key: number; readonly value: number | undefined }[];
  readonly then: 'nothing' | 'read' | 'compact' | 'pause' | 'resume';
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    writes: fc.array(fc.record({ key: fc.nat({ max: 5 }), value: fc.option(fc.nat({ max: 9 }), { nil: undefined }) }), {
      minLength: 1,
      maxLength: 4,
    }),
    then: fc.constantFrom('nothing', 'read', 'compact', 'pause', 'resume'),
  }),
  { maxLength: 30 },
);

/** What a consumer makes of the changes; each must fit what it knew. */
class Replica {
  readonly entries = new Map<string, string>();
  revision: number;

  constructor(view: View) {
    this.revision = view.revision;
    for (const [key, value] of view.entries()) this.entries.set(key, value.text());
  }

  apply({ revision, events, combined }: ViewChange): void {
    expect(revision).toBeGreaterThan(this.revision);
    if (!combined)
      expect(events.every((event) => event.type !== 'put' || event.entry.modRevision === revision)).toBe(true);
    this.revision = revision;
    for (const event of events) {
      expect(event.previous?.text()).toBe(this.entries.get(event.key));
      if (event.type === 'put') this.entries.set(event.key, event.value.text());
      else expect(this.entries.delete(event.key)).toBe(true);
    }
  }
}

const written = ({ writes }: Step): Op<unknown>[] =>
  writes.map(({ key, value }) => (value === undefined ? op.delete(`k/${key}`) : op.put(`k/${key}`, `${value}`)));

test('law: the changes lead from what the view showed to what it shows, and that is what the store has', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (plan) => {
      const store = new FakeStore(5);
      store.put('k/0', '0');
      const view = await open(store);
      const changes = view.changes();
      const replica = new Replica(view);
      for (const step of plan) {
        store.write(written(step));
        if (step.then === 'compact') store.compact();
        for (const watch of store.watches) {
          if (step.then === 'pause') watch.hold();
          if (step.then === 'resume') watch.release();
        }
        // Only what is there already: the consumer does not wait.
        if (step.then === 'read' && view.revision > replica.revision) replica.apply(await take(changes));
      }
      store.put('k/0', 'end');
      for (const watch of store.watches) watch.release();
      const told = async () => {
        while (replica.entries.get('k/0') !== 'end') replica.apply(await take(changes));
      };
      await told();
      const { entries } = await store.range({ prefix: 'k/' });
      const stored = entries.map((entry) => [entry.key, entry.text()]);
      expect([...view.entries()].map(([key, value]) => [key, value.text()])).toEqual(stored);
      expect([...replica.entries].sort()).toEqual(stored);
      await view.close();
      expect(store.watches.size).toBe(0);
    }),
    { numRuns: 100 },
  );
});
