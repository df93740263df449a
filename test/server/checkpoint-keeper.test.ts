import { afterEach, describe, expect, test, vi } from 'vitest';
import type { MachineSnapshot } from '../../src/machine/snapshot.ts';
import type { JournalSummary } from '../../src/paxos/record.ts';
import type { Checkpoint } from '../../src/replica/checkpoint.ts';
import type { CheckpointInput } from '../../src/replica/input.ts';
import { CheckpointKeeper } from '../../src/server/checkpoint-keeper.ts';
import { MemoryCheckpointDisk, MemoryCheckpoints } from '../../src/storage/memory-checkpoints.ts';
import { checkpointDamaged, StorageError } from '../../src/storage/storage-error.ts';
import type { Revision } from '../../src/wire/identifiers.ts';
import { eventually } from '../eventually.ts';
import { type Content, contentOf, contents, digest, manifestOf, opened, write } from '../storage/checkpoints.ts';

interface Given {
  readonly autoSync?: boolean;
  /** In place of a store that does not write any more. */
  readonly replacement?: MemoryCheckpoints;
  readonly before?: readonly Content[];
  readonly trim?: () => Promise<void>;
}

const keepers: CheckpointKeeper[] = [];
afterEach(async () => {
  for (const keeper of keepers.splice(0)) await keeper.close();
});

/** A keeper on a store in memory, and everything that it tells. */
async function keep({ autoSync = true, replacement, before = [], trim = async () => undefined }: Given = {}) {
  const disk = new MemoryCheckpointDisk();
  const filled = await opened(new MemoryCheckpoints(disk));
  for (const content of before) await write(filled, content);
  await filled.close();
  const store = await opened(new MemoryCheckpoints(disk, { autoSync }));
  const inputs: CheckpointInput[] = [];
  const told: string[] = [];
  const keeper = new CheckpointKeeper({
    store,
    journal: { trim },
    give: (input) => inputs.push(input),
    startOver: async () => replacement,
    onDamage: (text) => told.push(text),
    onWritten: ({ slot }) => told.push(`written ${slot}`),
    onChunkStored: () => told.push('stored'),
    onDiskFailure: (reason) => told.push(`failed: ${reason}`),
    onFault: (error) => told.push(`fault: ${error}`),
  });
  keepers.push(keeper);
  keeper.start();
  const types = () => inputs.map(({ type }) => type);
  return { keeper, store, disk, inputs, told, types };
}

function checkpointOf(content: Content): Checkpoint {
  const { slot, revision, hash, chunks, bytes } = manifestOf(content);
  return { slot, revision, hash, chunks, bytes };
}

function snapshotOf(content: Content): MachineSnapshot {
  const { slot, revision, hash } = checkpointOf(content);
  return {
    slot,
    revision: revision as Revision,
    hash,
    chunks: () => content.chunks.values(),
    release: () => undefined,
  };
}

const writeOf = (content: Content) =>
  ({ type: 'writeCheckpoint', snapshot: snapshotOf(content), chunkBytes: 100 }) as const;

const storesOf = (token: number, { slot, chunks }: Content) =>
  chunks.map((bytes, index) => ({ type: 'storeChunk', token, slot, index, bytes }) as const);

const finishOf = (token: number, content: Content) =>
  ({ type: 'finishCheckpoint', token, checkpoint: checkpointOf(content) }) as const;

async function slotsIn(store: MemoryCheckpoints): Promise<number[]> {
  return (await store.list()).map(({ slot }) => slot);
}

const first = contentOf(1);
const second = contentOf(2);
const third = contentOf(3);

test('what the replica wants written is told when it is complete, in order, and can be read', async () => {
  const { keeper, store, inputs } = await keep();
  for (const content of [first, second]) keeper.perform(writeOf(content));
  await eventually(() =>
    expect(inputs).toEqual([
      { type: 'checkpointWritten', checkpoint: checkpointOf(first) },
      { type: 'checkpointWritten', checkpoint: checkpointOf(second) },
    ]),
  );
  const chunks = (content: Content) => content.chunks.map(digest);
  expect((await contents(store)).map((found) => found.chunks)).toEqual([chunks(second), chunks(first)]);
  keeper.perform({ type: 'readChunk', token: 5, slot: 2, index: 1 });
  keeper.perform({ type: 'readChunk', token: 6, slot: 9, index: 0 });
  await eventually(() => expect(inputs).toHaveLength(4));
  expect(inputs[2]).toEqual({ type: 'chunkRead', token: 5, bytes: second.chunks[1] });
  expect(inputs[3]).toEqual({ type: 'chunkRead', token: 6, bytes: undefined });
});

test('others have their turn between two chunks', async () => {
  const { keeper, types } = await keep();
  let rounds = 0;
  const roundsAt: number[] = [];
  const count = () => {
    rounds += 1;
    if (types().length === 0) setImmediate(count);
  };
  const chunks = function* () {
    for (const chunk of first.chunks) {
      roundsAt.push(rounds);
      yield chunk;
    }
  };
  setImmediate(count);
  keeper.perform({ type: 'writeCheckpoint', snapshot: { ...snapshotOf(first), chunks }, chunkBytes: 1 });
  await eventually(() => expect(types()).toEqual(['checkpointWritten']));
  expect(new Set(roundsAt).size).toBe(first.chunks.length);
});

test('nothing is done before the replica has booted, nor after the end', async () => {
  const disk = new MemoryCheckpointDisk();
  const store = await opened(new MemoryCheckpoints(disk));
  await write(store, first);
  const given = vi.fn();
  const nothing = async () => undefined;
  const keeper = new CheckpointKeeper({
    store,
    journal: { trim: nothing },
    give: given,
    startOver: nothing,
    onDamage: given,
    onWritten: given,
    onChunkStored: given,
    onDiskFailure: given,
    onFault: given,
  });
  keeper.drop(1, 'it is nonsense');
  expect(given.mock.calls).toEqual([['the checkpoint of slot 1 is dropped: it is nonsense']]);
  await new Promise(setImmediate);
  expect(await slotsIn(store)).toEqual([1]);
  keeper.stop();
  keeper.start();
  keeper.perform(writeOf(second));
  await keeper.close();
  expect(disk.checkpoints.get(1)?.manifest).toBeDefined();
  expect([...disk.checkpoints.keys()]).toEqual([1]);
  expect(given).toHaveBeenCalledTimes(1);
});

describe('what another node sends', () => {
  test('is stored chunk by chunk, and complete at the end', async () => {
    const { keeper, store, inputs, told } = await keep({ before: [first] });
    for (const effect of storesOf(7, second)) keeper.perform(effect);
    keeper.perform(finishOf(7, second));
    await eventually(() => expect(inputs).toHaveLength(4));
    expect(inputs).toEqual([
      ...second.chunks.map((_, index) => ({ type: 'chunkStored', token: 7, index })),
      { type: 'checkpointWritten', checkpoint: checkpointOf(second) },
    ]);
    expect(told).toEqual(['stored', 'stored', 'stored', 'written 2']);
    expect(await slotsIn(store)).toEqual([2, 1]);
  });

  test('is not spoken of any more when it is abandoned, and leaves room for the next', async () => {
    const { keeper, store, inputs } = await keep();
    for (const effect of storesOf(7, second)) keeper.perform(effect);
    keeper.perform({ type: 'abandonCheckpoint', token: 7 });
    for (const effect of storesOf(8, second)) keeper.perform(effect);
    keeper.perform(finishOf(8, second));
    await eventually(() => expect(inputs.at(-1)?.type).toBe('checkpointWritten'));
    expect(inputs.filter((input) => 'token' in input && input.token === 7)).toEqual([]);
    expect(await slotsIn(store)).toEqual([2]);
  });

  test('gives way to another, or to one of this node', async () => {
    const { keeper, store, inputs, disk } = await keep();
    const [begun] = storesOf(7, first);
    if (begun !== undefined) keeper.perform(begun);
    for (const effect of storesOf(8, second)) keeper.perform(effect);
    keeper.perform({ type: 'abandonCheckpoint', token: 7 });
    await eventually(() => expect(inputs).toHaveLength(3));
    keeper.perform({ type: 'abandonCheckpoint', token: 8 });
    keeper.perform(writeOf(third));
    await eventually(() => expect(inputs.at(-1)?.type).toBe('checkpointWritten'));
    expect(await slotsIn(store)).toEqual([3]);
    expect([...disk.checkpoints.keys()]).toEqual([3]);
  });

  test('takes the place of one that is dropped for it', async () => {
    const { keeper, store, inputs } = await keep({ before: [first, second] });
    keeper.perform({ type: 'dropCheckpoint', slot: 2, problem: 'it is sent anew' });
    for (const effect of storesOf(7, second)) keeper.perform(effect);
    keeper.perform(finishOf(7, second));
    await eventually(() => expect(inputs.at(-1)?.type).toBe('checkpointWritten'));
    expect(await slotsIn(store)).toEqual([2, 1]);
  });
});

describe('damage', () => {
  const spoil = (disk: MemoryCheckpointDisk, slot: number) => disk.checkpoints.get(slot)?.chunks.get(1)?.fill(0);

  test('to what was just written: it is gone, and the replica is told', async () => {
    const { keeper, store, disk, inputs, told } = await keep({ autoSync: false });
    keeper.perform(writeOf(first));
    await eventually(() => {
      if (store.busy) store.sync();
      if (disk.checkpoints.get(1)?.manifest === undefined) spoil(disk, 1);
      expect(inputs).toEqual([{ type: 'checkpointDamaged', slot: 1 }]);
    });
    expect(told).toEqual([
      expect.stringContaining('the checkpoint of slot 1 is dropped: The checkpoints in memory are damaged: chunk 1'),
    ]);
    expect(await slotsIn(store)).toEqual([]);
  });

  test('to a chunk that another node wants: the whole is gone, told once, and each asker is answered', async () => {
    const { keeper, store, disk, inputs, told } = await keep({ before: [first, second] });
    spoil(disk, 2);
    for (const token of [5, 6]) keeper.perform({ type: 'readChunk', token, slot: 2, index: 1 });
    await eventually(() => expect(inputs).toHaveLength(3));
    expect(inputs).toEqual([
      { type: 'chunkRead', token: 5, bytes: undefined },
      { type: 'chunkRead', token: 6, bytes: undefined },
      { type: 'checkpointDamaged', slot: 2 },
    ]);
    expect(told).toHaveLength(1);
    expect(await slotsIn(store)).toEqual([1]);
  });

  test('that keeps LevelDB from writing: all that was there is gone, and an empty store takes its place', async () => {
    const replacement = await opened(new MemoryCheckpoints(new MemoryCheckpointDisk()));
    const { keeper, store, inputs, told } = await keep({ before: [first], replacement });
    vi.spyOn(store, 'begin').mockImplementationOnce((slot) => {
      const writer = MemoryCheckpoints.prototype.begin.call(store, slot);
      vi.spyOn(writer, 'append').mockRejectedValueOnce(checkpointDamaged('memory', 'LevelDB refuses to write'));
      return writer;
    });
    keeper.perform(writeOf(second));
    await eventually(() => expect(inputs).toHaveLength(2));
    expect(inputs).toEqual([1, 2].map((slot) => ({ type: 'checkpointDamaged', slot })));
    expect(told).toEqual([expect.stringMatching(/^all checkpoints are dropped: .*LevelDB refuses to write/)]);
    keeper.perform(writeOf(third));
    await eventually(() => expect(inputs.at(-1)?.type).toBe('checkpointWritten'));
    expect(await slotsIn(replacement)).toEqual([3]);
    await store.close();
  });
});

describe('a disk that fails stops the node', () => {
  test('while a checkpoint is written', async () => {
    const { keeper, store, inputs, told } = await keep();
    store.failNextWrite('DISK_FULL');
    keeper.perform(writeOf(first));
    await eventually(() => expect(told).toEqual([expect.stringMatching(/^failed: .*No space left on device/)]));
    expect(inputs).toEqual([]);
  });

  test('while the journal is trimmed', async () => {
    const trim = vi.fn(async () => {
      throw new StorageError('IO_ERROR', 'the disk is gone');
    });
    const { keeper, inputs, told } = await keep({ trim });
    keeper.perform({ type: 'trimJournal', throughSlot: 4, summary: {} as JournalSummary });
    await eventually(() => expect(told).toEqual(['failed: the disk is gone']));
    expect(trim).toHaveBeenCalledWith(4, {});
    expect(inputs).toEqual([]);
  });
});

test('a mistake of the program is no failure of the disk', async () => {
  const { keeper, told } = await keep({ before: [first] });
  keeper.perform(writeOf(first));
  await eventually(() => expect(told).toEqual([expect.stringMatching(/^fault: AssertionFailure/)]));
});

test('what was trimmed is told', async () => {
  const { keeper, inputs } = await keep();
  keeper.perform({ type: 'trimJournal', throughSlot: 4, summary: {} as JournalSummary });
  await eventually(() => expect(inputs).toEqual([{ type: 'journalTrimmed', throughSlot: 4 }]));
});
