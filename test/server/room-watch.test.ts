import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { Machine } from '../../src/machine/machine.ts';
import { type NodeNoticeCode, noticeLevels } from '../../src/server/notices.ts';
import { freeBytesOf, RoomWatch } from '../../src/server/room-watch.ts';
import { shippedSettings } from '../../src/wire/settings.ts';
import { put, TestMachine } from '../machine/harness.ts';

const journalBytes = 1_000;

function watched() {
  const machine = new TestMachine(new Machine({ checksum: crc32 }));
  machine.internal({ kind: 'raiseFeatureLevel', level: 2 });
  const notices: [NodeNoticeCode, string][] = [];
  const disk = { freeBytes: Number.POSITIVE_INFINITY, fails: false };
  const watch = new RoomWatch({
    machine: machine.machine,
    checkpointJournalBytes: journalBytes,
    readFreeBytes: () => (disk.fails ? Promise.reject(new Error('EIO')) : Promise.resolve(disk.freeBytes)),
    onNotice: (code, text) => notices.push([code, text]),
  });
  const codes = () => notices.splice(0).map(([code]) => code);
  /** So that the state takes that part of it. */
  const use = (part: number) => {
    const { settings, residentBytes } = machine.machine.governance;
    const quotaBytes = Math.floor(residentBytes.total / part);
    machine.internal({ kind: 'changeSettings', ...shippedSettings, version: settings.version, quotaBytes });
    watch.lookAtQuota();
    return codes();
  };
  machine.open().send(put('k', 'v'.repeat(10_000)));
  return { machine, watch, disk, notices, codes, use };
}

test('of the quota, 80 % and 95 % are told once, each, and that it is over when there is 5 % more room', () => {
  const { use } = watched();
  expect(use(0.5)).toEqual([]);
  expect(use(0.81)).toEqual(['quota-warning']);
  expect(use(0.85)).toEqual([]);
  expect(use(0.96)).toEqual(['quota-critical']);
  expect(use(0.92)).toEqual([]);
  expect(use(0.89)).toEqual(['quota-warning']);
  expect(use(0.78)).toEqual([]);
  expect(use(0.7)).toEqual(['quota-eased']);
  expect(use(1.2)).toEqual(['quota-critical']);
  expect(use(0.1)).toEqual(['quota-eased']);
});

test('what is told says how much it is', () => {
  const { machine, watch, notices } = watched();
  const { total } = machine.machine.governance.residentBytes;
  machine.internal({ kind: 'changeSettings', ...shippedSettings, version: 0, quotaBytes: total });
  watch.lookAtQuota();
  const text = `the state takes ${total} bytes, 100 % of the quota of ${total}: at 100 % what grows is refused`;
  expect(notices).toEqual([['quota-critical', text]]);
  expect(noticeLevels['quota-critical']).toBe('error');
});

test('below the level of quotas there is none to watch', () => {
  const machine = new TestMachine();
  machine.open().send(put('k', 'v'.repeat(10_000)));
  const told: string[] = [];
  const parts = { machine: machine.machine, checkpointJournalBytes: 1, readFreeBytes: () => Promise.resolve(0) };
  new RoomWatch({ ...parts, onNotice: (code) => told.push(code) }).lookAtQuota();
  expect(told).toEqual([]);
});

test('the disk is low when what may be written before anything is given up does not fit', async () => {
  const { machine, watch, disk, codes } = watched();
  const needed = 2 * (journalBytes + machine.machine.governance.residentBytes.total);
  expect(watch.neededDiskBytes).toBe(needed);
  for (const [freeBytes, expected] of [
    [needed, []],
    [needed - 1, ['disk-low']],
    [needed - 2, []],
    [needed, []],
    [Math.ceil(1.25 * needed), ['disk-eased']],
  ] as const) {
    disk.freeBytes = freeBytes;
    await watch.lookAtDisk();
    expect(codes()).toEqual(expected);
    expect(watch.freeDiskBytes).toBe(freeBytes);
  }
});

test('a disk that does not answer is not taken for a full one', async () => {
  const { watch, disk, codes } = watched();
  disk.fails = true;
  await watch.lookAtDisk();
  expect(codes()).toEqual([]);
});

test('the free bytes are those of the file system', async () => {
  expect(await freeBytesOf('.')).toBeGreaterThan(0);
  await expect(freeBytesOf('/no/such/directory')).rejects.toThrow('ENOENT');
});
