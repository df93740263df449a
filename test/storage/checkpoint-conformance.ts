import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maxChunkBytes } from '../../src/replica/checkpoint.ts';
import type { CheckpointStore, CheckpointWriter } from '../../src/storage/ports.ts';
import { AssertionFailure } from '../../src/wire/assert.ts';
import {
  type Content,
  contentOf,
  contents,
  digest,
  expected,
  manifestOf,
  opened,
  readAll,
  write,
  writeChunks,
} from './checkpoints.ts';
import { storageError } from './journals.ts';
import { noise } from './records.ts';

/** Where a store lies: every store made from one place is on the same data. */
export interface CheckpointPlace {
  store(): CheckpointStore;
  /** The process that has the store open is gone, at once. */
  crash(store: CheckpointStore): Promise<void>;
}

/** What the port promises, whatever is behind it. `runs`: how many random histories are tried. */
export function describeCheckpoints(name: string, runs: number, makePlace: () => Promise<CheckpointPlace>): void {
  const newStore = async () => opened((await makePlace()).store());

  describe(`${name} as a store of checkpoints`, () => {
    test('gives back what was written, and again after it was opened anew', async () => {
      const place = await makePlace();
      const store = await opened(place.store());
      expect(await store.list()).toEqual([]);
      const content = contentOf(7, 4);
      await write(store, content);
      expect(await contents(store)).toEqual(expected(content));
      expect(digest(await store.readChunk(7, 2))).toBe(digest(content.chunks[2]!));
      await store.verify(7);
      await store.close();
      const again = await opened(place.store());
      expect(await contents(again)).toEqual(expected(content));
      expect(again.damaged).toEqual([]);
      await again.verify(7);
      await again.close();
    });

    test('takes chunks of any size up to the limit, and a checkpoint of none', async () => {
      const store = await newStore();
      const sizes = { slot: 1, chunks: [new Uint8Array(0), noise(1, 1), new Uint8Array(maxChunkBytes).fill(7)] };
      await write(store, sizes);
      await write(store, { slot: 2, chunks: [] });
      expect(await contents(store)).toEqual(expected({ slot: 2, chunks: [] }, sizes));
      await expect(store.begin(3).append(new Uint8Array(maxChunkBytes + 1))).rejects.toThrow(AssertionFailure);
      await store.close();
    });

    test('keeps the two newest, in whatever order they are finished', async () => {
      const store = await newStore();
      for (const slot of [10, 30, 20, 5]) await write(store, contentOf(slot));
      expect(await contents(store)).toEqual(expected(contentOf(30), contentOf(20)));
      await storageError(store.verify(10), 'CHECKPOINT_MISSING');
      await storageError(store.readChunk(5, 0), 'CHECKPOINT_MISSING');
      await store.close();
    });

    test('counts nothing that is not finished', async () => {
      const place = await makePlace();
      const store = await opened(place.store());
      await write(store, contentOf(1));
      await writeChunks(store, contentOf(2));
      expect(await contents(store)).toEqual(expected(contentOf(1)));
      await storageError(store.readChunk(2, 0), 'CHECKPOINT_MISSING');
      await store.close();
      const again = await opened(place.store());
      expect(await contents(again)).toEqual(expected(contentOf(1)));
      // The same slot, shorter and with other bytes: nothing of the first attempt shines through.
      const second = { slot: 2, chunks: [noise(99, 10)] };
      await write(again, second);
      expect(await contents(again)).toEqual(expected(second, contentOf(1)));
      await again.close();
    });

    test('forgets what was abandoned', async () => {
      const store = await newStore();
      await write(store, contentOf(1));
      await store.begin(2).abandon();
      const writer = store.begin(2);
      await writer.append(noise(1, 100));
      await writer.abandon();
      await writer.abandon();
      await expect(writer.append(noise(1, 100))).rejects.toThrow(AssertionFailure);
      expect(await contents(store)).toEqual(expected(contentOf(1)));
      await write(store, contentOf(2));
      expect(await contents(store)).toEqual(expected(contentOf(2), contentOf(1)));
      await store.close();
    });

    test('refuses to be misused', async () => {
      const store = await newStore();
      await write(store, contentOf(1));
      expect(() => store.begin(1)).toThrow(AssertionFailure);
      expect(() => store.begin(-1)).toThrow(AssertionFailure);
      await expect(store.readChunk(1, 3)).rejects.toThrow(AssertionFailure);
      const writer = store.begin(2);
      expect(() => store.begin(3)).toThrow(AssertionFailure);
      await expect(store.remove(2)).rejects.toThrow(AssertionFailure);
      const first = writer.append(noise(1, 10));
      await expect(writer.append(noise(2, 10))).rejects.toThrow(AssertionFailure);
      await first;
      const right = manifestOf({ slot: 2, chunks: [noise(1, 10)] });
      for (const wrong of [{ slot: 3 }, { chunks: 2 }, { bytes: 11 }, { hash: 'ABC' }]) {
        await expect(writer.finish({ ...right, ...wrong })).rejects.toThrow(AssertionFailure);
      }
      await writer.finish(right);
      await expect(writer.finish(right)).rejects.toThrow(AssertionFailure);
      expect(await contents(store)).toEqual(expected({ slot: 2, chunks: [noise(1, 10)] }, contentOf(1)));
      await store.close();
    });

    test('removes for good, beside a reader who goes on and a writer', async () => {
      const place = await makePlace();
      const store = await opened(place.store());
      await write(store, contentOf(1));
      await write(store, contentOf(2));
      const reader = store.read(2)[Symbol.asyncIterator]();
      const next = async () => digest((await reader.next()).value ?? new Uint8Array(0));
      const chunks = [await next()];
      const writer = store.begin(3);
      const append = writer.append(noise(1, 100));
      await store.remove(2);
      await append;
      await store.remove(77);
      chunks.push(await next(), await next());
      expect(chunks).toEqual(contentOf(2).chunks.map(digest));
      expect((await reader.next()).done).toBe(true);
      await storageError(readAll(store, 2), 'CHECKPOINT_MISSING');
      await store.close();
      const again = await opened(place.store());
      expect(await contents(again)).toEqual(expected(contentOf(1)));
      await write(again, contentOf(2));
      expect(await contents(again)).toEqual(expected(contentOf(2), contentOf(1)));
      await again.close();
    });

    test('is opened by one at a time, and refuses to be used once closed', async () => {
      const place = await makePlace();
      const store = await opened(place.store());
      await write(store, contentOf(1));
      await storageError(place.store().open(), 'DIRECTORY_IN_USE');
      const writer = store.begin(2);
      const append = writer.append(noise(1, 100));
      const reader = store.read(1)[Symbol.asyncIterator]();
      await reader.next();
      await store.close();
      await store.close();
      await append;
      await storageError(writer.append(noise(2, 100)), 'CLOSED');
      await storageError(store.list(), 'CLOSED');
      await storageError(store.verify(1), 'CLOSED');
      await storageError(store.remove(1), 'CLOSED');
      await storageError(reader.next(), 'CLOSED');
      const next = await opened(place.store());
      await next.close();
    });

    test('leaves the newest that were finished, whatever happens', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(command, { minLength: 4, maxLength: 12 }), async (commands) => {
          const history = new History(await makePlace());
          await history.open();
          for (const one of commands) await history.take(one);
          await history.end();
        }),
        { numRuns: runs },
      );
    });
  });
}

type Command =
  | { kind: 'begin' | 'remove'; slot: number }
  | { kind: 'append'; bytes: number }
  | { kind: 'finish' | 'abandon' | 'crash' | 'reopen' };

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('begin' as const), slot: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('append' as const), bytes: fc.nat(2000) }) },
  { weight: 5, arbitrary: fc.constant({ kind: 'finish' as const }) },
  ...(['abandon', 'crash', 'reopen'] as const).map((kind) => ({ weight: 1, arbitrary: fc.constant({ kind }) })),
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), slot: fc.integer({ min: 1, max: 6 }) }) },
);

/** One history of a store, beside what must be left of it. */
class History {
  readonly #place: CheckpointPlace;
  #store: CheckpointStore;
  /** Newest first. */
  #finished: Content[] = [];
  #writer: { readonly writer: CheckpointWriter; readonly content: { slot: number; chunks: Uint8Array[] } } | undefined;
  #seed = 0;

  constructor(place: CheckpointPlace) {
    this.#place = place;
    this.#store = place.store();
  }

  async open(): Promise<void> {
    await this.#store.open();
    await this.#compare();
  }

  async take(one: Command): Promise<void> {
    switch (one.kind) {
      case 'begin':
        if (this.#writer !== undefined || this.#finished.some(({ slot }) => slot === one.slot)) return;
        this.#writer = { writer: this.#store.begin(one.slot), content: { slot: one.slot, chunks: [] } };
        return;
      case 'append': {
        const chunk = noise(++this.#seed, one.bytes);
        await this.#writer?.writer.append(chunk);
        this.#writer?.content.chunks.push(chunk);
        return;
      }
      case 'finish':
        if (this.#writer === undefined) return;
        await this.#writer.writer.finish(manifestOf(this.#writer.content));
        this.#finished = [...this.#finished, this.#writer.content].sort((a, b) => b.slot - a.slot).slice(0, 2);
        this.#writer = undefined;
        return this.#compare();
      case 'abandon':
        await this.#writer?.writer.abandon();
        this.#writer = undefined;
        return;
      case 'remove':
        if (this.#writer?.content.slot === one.slot) return;
        await this.#store.remove(one.slot);
        this.#finished = this.#finished.filter(({ slot }) => slot !== one.slot);
        return;
      case 'crash':
        await this.#place.crash(this.#store);
        return this.#openAgain();
      case 'reopen':
        await this.#store.close();
        return this.#openAgain();
    }
  }

  async end(): Promise<void> {
    await this.#compare();
    await this.#store.close();
  }

  async #openAgain(): Promise<void> {
    this.#writer = undefined;
    this.#store = this.#place.store();
    await this.open();
  }

  async #compare(): Promise<void> {
    expect(await contents(this.#store)).toEqual(expected(...this.#finished));
    expect(this.#store.damaged).toEqual([]);
  }
}
