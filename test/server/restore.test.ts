import { crc32 } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { Machine } from '../../src/machine/machine.ts';
import type { JournalRecord } from '../../src/paxos/record.ts';
import { encodeOpenBallot } from '../../src/replica/housekeeping.ts';
import { CheckpointKeeper } from '../../src/server/checkpoint-keeper.ts';
import { systemClock } from '../../src/server/clock.ts';
import { resolveConfig } from '../../src/server/config.ts';
import { Driver } from '../../src/server/driver.ts';
import { createReplica } from '../../src/server/replica-of-config.ts';
import { restore } from '../../src/server/restore.ts';
import { MemoryCheckpointDisk, MemoryCheckpoints } from '../../src/storage/memory-checkpoints.ts';
import { zeroBallot } from '../../src/wire/ballot.ts';
import { encodeBatch } from '../../src/wire/batch-codec.ts';
import { emptyBytes } from '../../src/wire/bytes.ts';
import type { NodeId } from '../../src/wire/identifiers.ts';
import { eventually } from '../eventually.ts';
import { opened } from '../storage/checkpoints.ts';

const config = resolveConfig({
  flags: {
    id: 'n1',
    dataDir: '/nowhere',
    listen: '127.0.0.1:7101',
    http: '127.0.0.1:7181',
    initial: 'n1=127.0.0.1:7101,n2=127.0.0.1:7102',
  },
});

const ballot = (round: number) => ({ round, nodeId: 'n2' as NodeId });

/** Of a state in which some ballots were opened; under a hash of another state if wanted. */
async function write(store: MemoryCheckpoints, slot: number, hash?: string): Promise<void> {
  const machine = new Machine({ checksum: crc32 });
  for (let applied = 1; applied <= slot; applied++)
    machine.apply(applied, encodeBatch([encodeOpenBallot(ballot(applied))]));
  const snapshot = machine.snapshot();
  const writer = store.begin(slot);
  const chunks = [...snapshot.chunks(1)];
  for (const chunk of chunks) await writer.append(chunk);
  const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const { revision } = snapshot;
  await writer.finish({
    slot,
    revision,
    hash: hash ?? snapshot.hash,
    chunks: chunks.length,
    bytes,
    header: emptyBytes,
  });
}

/** The journal of a node that was trimmed through slot 4, and then held nothing. */
const anchor: JournalRecord = {
  sequence: 9,
  accepted: [],
  promised: zeroBallot,
  chosenThrough: 4,
  trimmedThrough: 4,
  configuration: undefined,
  seen: [],
  genesis: undefined,
  formed: false,
};

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** What a node makes of its disk. */
async function start(disk: MemoryCheckpointDisk) {
  const store = await opened(new MemoryCheckpoints(disk));
  const told: string[] = [];
  const nothing = () => undefined;
  const keeper = new CheckpointKeeper({
    store,
    journal: { trim: async () => undefined },
    give: nothing,
    startOver: async () => undefined,
    onDamage: (text) => told.push(text),
    onWritten: nothing,
    onChunkStored: nothing,
    onDiskFailure: (reason) => told.push(reason),
    onFault: (error) => told.push(String(error)),
  });
  const replica = createReplica(config, { incarnation: 'i1' });
  const clock = systemClock();
  const driver = new Driver({
    replica,
    journal: { append: async () => undefined, readSlots: async () => [] },
    checkpoints: keeper,
    onStateRead: () => undefined,
    readClock: () => clock.read(),
    send: nothing,
    reply: nothing,
    closeClient: nothing,
    onFrameTaken: nothing,
    onMembersChangeEnded: () => undefined,
    reachPeers: () => undefined,
    onNotice: nothing,
    onAppended: nothing,
    onTurn: nothing,
    onHalt: ({ code, reason }) => told.push(`${code}: ${reason}`),
  });
  const records = (async function* () {
    yield anchor;
  })();
  const restored = await restore({
    driver,
    checkpoints: store,
    records,
    onDamaged: (slot, problem) => keeper.drop(slot, problem),
  });
  driver.start();
  stops.push(async () => {
    driver.stop();
    await keeper.close();
  });
  return { restored, replica, told, store };
}

async function diskWith(...checkpoints: readonly (readonly [slot: number, hash?: string])[]) {
  const disk = new MemoryCheckpointDisk();
  const store = await opened(new MemoryCheckpoints(disk));
  for (const [slot, hash] of checkpoints) await write(store, slot, hash);
  await store.close();
  return disk;
}

async function slotsIn(store: MemoryCheckpoints): Promise<number[]> {
  return (await store.list()).map(({ slot }) => slot);
}

const damage = (disk: MemoryCheckpointDisk, slot: number) => disk.checkpoints.get(slot)?.chunks.get(0)?.fill(0);
const anotherHash = '0123456789abcdef';

test('a node goes on from its newest checkpoint, and keeps the older', async () => {
  const { restored, replica, told, store } = await start(await diskWith([4], [6]));
  expect(restored).toMatchObject({ checkpointSlot: 6, records: 1 });
  expect(replica.status()).toMatchObject({ applied: 6, checkpointSlot: 6 });
  expect(told).toEqual([]);
  expect(await slotsIn(store)).toEqual([6, 4]);
});

test('from the older, if a chunk of the newest is damaged', async () => {
  const disk = await diskWith([4], [6]);
  damage(disk, 6);
  const { restored, replica, told, store } = await start(disk);
  expect(restored).toMatchObject({ checkpointSlot: 4 });
  expect(replica.status()).toMatchObject({ applied: 4, checkpointSlot: 4 });
  expect(replica.paxos.canApply).toBe(true);
  expect(told).toEqual([expect.stringMatching(/^the checkpoint of slot 6 is dropped: .* chunk 0 /)]);
  await eventually(async () => expect(await slotsIn(store)).toEqual([4]));
});

test('from the older, if the newest is not the state that it claims to be', async () => {
  const { restored, replica, told, store } = await start(await diskWith([4], [6, anotherHash]));
  expect(restored).toMatchObject({ checkpointSlot: 4 });
  expect(replica.status()).toMatchObject({ applied: 4, checkpointSlot: 4 });
  expect(told).toEqual([
    expect.stringMatching(/^the checkpoint of slot 6 is dropped: .* not the one that was written$/),
  ]);
  await eventually(async () => expect(await slotsIn(store)).toEqual([4]));
});

test('from none: it knows by its journal that it lacks the state', async () => {
  const disk = await diskWith([4, anotherHash], [6]);
  damage(disk, 6);
  const { restored, replica, told, store } = await start(disk);
  expect(restored).toMatchObject({ checkpointSlot: 0, records: 1 });
  expect(replica.status()).toMatchObject({ applied: 0, checkpointSlot: 0, halted: undefined });
  expect(replica.paxos.canApply).toBe(false);
  expect(told).toHaveLength(2);
  await eventually(async () => expect(await slotsIn(store)).toEqual([]));
});
