import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MemoryCheckpointDisk, MemoryCheckpoints } from '../../src/storage/memory-checkpoints.ts';
import { describeCheckpoints } from './checkpoint-conformance.ts';
import { contentOf, contents, digest, expected, manifestOf, opened, write } from './checkpoints.ts';
import { storageError } from './journals.ts';
import { noise } from './records.ts';

describeCheckpoints('MemoryCheckpoints', 300, async () => {
  const disk = new MemoryCheckpointDisk();
  return {
    store: () => new MemoryCheckpoints(disk),
    crash: async (store) => (store as MemoryCheckpoints).crash(),
  };
});

function openedNow(disk: MemoryCheckpointDisk): MemoryCheckpoints {
  const store = new MemoryCheckpoints(disk, { autoSync: false });
  store.openNow();
  return store;
}

/** A disk with the checkpoints of slots 1 and 2, the rest of a writer of slot 3, and deletions that were not synced. */
async function usedDisk(): Promise<MemoryCheckpointDisk> {
  const disk = new MemoryCheckpointDisk();
  const store = await opened(new MemoryCheckpoints(disk));
  for (const slot of [0, 1, 2]) await write(store, contentOf(slot));
  const writer = store.begin(3);
  await writer.append(noise(1, 100));
  store.crash();
  return disk;
}

test('a crash after any step of any call leaves what was there before, or what is there after', async () => {
  const choice = fc.record({
    call: fc.constantFrom('append', 'finish', 'abandon', 'remove'),
    stepsKept: fc.nat(12),
    powerLost: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(choice, async ({ call, ...crash }) => {
      const disk = await usedDisk();
      const store = openedNow(disk);
      const content = contentOf(4, 2);
      if (call === 'remove') store.startRemove(2);
      else {
        const writer = store.begin(4);
        for (const chunk of content.chunks) {
          writer.startAppend(chunk);
          store.sync();
        }
        if (call === 'append') writer.startAppend(noise(5, 10));
        if (call === 'finish') writer.startFinish(manifestOf(content));
        if (call === 'abandon') writer.startAbandon();
      }
      store.crash(crash);
      const again = await opened(new MemoryCheckpoints(disk));
      const before = expected(contentOf(2), contentOf(1));
      const after = {
        append: before,
        abandon: before,
        remove: expected(contentOf(1)),
        finish: expected(content, contentOf(2)),
      };
      expect([before, after[call]]).toContainEqual(await contents(again));
      if (crash.stepsKept === 0) expect(await contents(again)).toEqual(before);
      await write(again, contentOf(9));
      expect([...disk.checkpoints.keys()].sort()).toEqual((await again.list()).map(({ slot }) => slot).sort());
    }),
    { numRuns: 300 },
  );
});

test('a call that is under way at a crash never settles', async () => {
  const store = openedNow(new MemoryCheckpointDisk());
  let settled = false;
  void store
    .begin(1)
    .append(noise(1, 10))
    .finally(() => {
      settled = true;
    });
  expect(store.busy).toBe(true);
  store.crash();
  await Promise.resolve();
  expect(settled).toBe(false);
});

test('the synchronous counterparts do the same', () => {
  const store = openedNow(new MemoryCheckpointDisk());
  const content = contentOf(1, 1);
  const writer = store.begin(1);
  writer.startAppend(content.chunks[0]!);
  store.sync();
  writer.startFinish(manifestOf(content));
  expect(store.listNow()).toEqual([]);
  store.sync();
  expect(store.listNow()).toEqual([manifestOf(content)]);
  expect(store.readChunkNow(1, 0)).toEqual(content.chunks[0]);
  store.verifyNow(1);
  store.startRemove(1);
  store.sync();
  expect(store.listNow()).toEqual([]);
});

test('after a failed write every later use fails with the same error', async () => {
  const store = await opened(new MemoryCheckpoints(new MemoryCheckpointDisk()));
  await write(store, contentOf(1));
  store.failNextWrite('DISK_FULL');
  const writer = store.begin(2);
  const error = await storageError(writer.append(noise(1, 10)), 'DISK_FULL');
  await expect(writer.append(noise(1, 10))).rejects.toBe(error);
  await expect(store.list()).rejects.toBe(error);
  await expect(store.verify(1)).rejects.toBe(error);
});

test('damage is told, and taken for no loss of the rest', async () => {
  const disk = await usedDisk();
  disk.checkpoints.get(2)!.chunks.get(1)![40]! ^= 1;
  disk.checkpoints.get(1)!.manifest![7]! ^= 1;
  const store = await opened(new MemoryCheckpoints(disk));
  expect(await store.list()).toEqual([manifestOf(contentOf(2))]);
  expect(store.damaged).toEqual([
    { slot: 1, problem: 'the manifest of the checkpoint of slot 1 does not match its checksum' },
  ]);
  const error = await storageError(store.verify(2), 'CHECKPOINT_DAMAGED');
  expect(error.message).toMatch(/chunk 1 of the checkpoint of slot 2 does not match its checksum/);
  expect(digest(await store.readChunk(2, 2))).toBe(digest(contentOf(2).chunks[2]!));
  await write(store, contentOf(3));
  expect(store.damaged).toEqual([]);
});

test('a disk that is rolled back whole looks sound: only the journal knows better', async () => {
  const disk = await usedDisk();
  const older = disk.copy();
  await write(await opened(new MemoryCheckpoints(disk)), contentOf(5));
  expect(await contents(await opened(new MemoryCheckpoints(older)))).toEqual(expected(contentOf(2), contentOf(1)));
});
