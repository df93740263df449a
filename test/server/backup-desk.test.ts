import { crc32 } from 'node:zlib';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { Machine } from '../../src/machine/machine.ts';
import type { SnapshotHeader, SnapshotPart } from '../../src/rpc/admin-definition.ts';
import { requestSnapshot } from '../../src/rpc/snapshot-client.ts';
import { BackupDesk } from '../../src/server/backup-desk.ts';
import { eventually } from '../eventually.ts';
import { NodesInProcess } from './nodes.ts';

let nodes: NodesInProcess;
const options = { stale: false, silenceMs: 5_000, signal: new AbortController().signal };

beforeAll(async () => {
  nodes = await NodesInProcess.prepare(3);
  await nodes.startAll();
  await nodes.leader();
  await using client = await connect({ endpoints: [...nodes.running.values()].map(({ address }) => address) });
  for (let index = 0; index < 40; index++) await client.put(`key/${index}`, 'x'.repeat(100_000));
});

afterAll(() => nodes?.dispose());

const addressOf = (id: string): string => nodes.running.get(id)?.address ?? '';

test.each(['n1', 'n2', 'n3'])('%s gives a state whose hash is that of its header', async (id) => {
  const machine = new Machine({ checksum: crc32 });
  const reader = machine.snapshotReader();
  let header: SnapshotHeader | undefined;
  let end: SnapshotPart | undefined;
  const sums = { chunks: 0, bytes: 0 };
  for await (const part of requestSnapshot(addressOf(id), options)) {
    if (part.part === 'header') header = part.header;
    else if (part.part === 'end') end = part;
    else {
      reader.take(part.chunk);
      sums.chunks += 1;
      sums.bytes += part.chunk.length;
    }
  }
  expect(end).toEqual({ part: 'end', end: sums });
  expect(header).toMatchObject({ nodeId: id, clusterId: nodes.running.get(id)?.report().clusterId, stale: false });
  expect(machine.install(header?.slot ?? 0, header?.stateHash ?? '', reader)).toBe(true);
  expect(machine.revision).toBe(header?.revision);
  const { slot, revision } = header ?? {};
  await eventually(() => {
    expect(nodes.log).toContainEqual(expect.objectContaining({ event: 'snapshot-given', node: id, slot, revision }));
  });
});

test('what it has held of the state is let go, whether or not the caller takes all of it', async () => {
  const machine = new Machine({ checksum: crc32 });
  const replica = { paxos: {}, status: () => ({ nodeId: 'n1', checkpointBytes: 0 }) };
  const desk: BackupDesk = new BackupDesk(
    ({ token }) => desk.onStateRead(token, { kind: 'state', snapshot: machine.snapshot() }),
    replica as never,
    pino({ enabled: false }),
  );
  for (const takesAll of [true, false]) {
    const parts = desk.save({ stale: false });
    await parts.next();
    expect(machine.heldSnapshots).toBe(1);
    if (takesAll) while ((await parts.next()).done !== true);
    else await parts.return();
    expect(machine.heldSnapshots).toBe(0);
  }
  desk.onStateRead(0, { kind: 'state', snapshot: machine.snapshot() });
  expect(machine.heldSnapshots).toBe(0);
});

test('one at a time: another one is refused until the first has ended, and a caller that goes makes room', async () => {
  const first = requestSnapshot(addressOf('n2'), options);
  await first.next();
  const second = requestSnapshot(addressOf('n2'), options);
  await expect(second.next()).rejects.toMatchObject({ code: 'BUSY' });
  await first.return();
  await vi.waitFor(
    async () => {
      const third = requestSnapshot(addressOf('n2'), options);
      expect((await third.next()).value).toMatchObject({ part: 'header' });
      await third.return();
    },
    { timeout: 5_000 },
  );
});

test('a node without a quorum gives what it has to those who ask for no more', async () => {
  await nodes.stop('n1');
  await nodes.stop('n2');
  const confirmed = requestSnapshot(addressOf('n3'), options);
  await expect(confirmed.next()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  const stale = requestSnapshot(addressOf('n3'), { ...options, stale: true });
  expect((await stale.next()).value).toMatchObject({ part: 'header', header: { stale: true } });
  await stale.return();
});
