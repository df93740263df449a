import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { UndecodableCommand } from '../../src/machine/decode-commands.ts';
import { Machine } from '../../src/machine/machine.ts';
import { shippedSettings } from '../../src/wire/settings.ts';
import { put, TestMachine } from './harness.ts';

const changed = { quotaBytes: 5_000, historyRevisions: 7, historyBytes: 900 };

function changeSettings(machine: TestMachine, version: number): void {
  machine.internal({ kind: 'changeSettings', version, ...changed });
}

function machineOfLevel2(): TestMachine {
  const machine = new TestMachine();
  machine.internal({ kind: 'raiseFeatureLevel', level: 2 });
  return machine;
}

/** All of it, as one chunk. */
function readBack(from: Machine, supportedLevel?: number): Machine {
  const copy = new Machine({ checksum: crc32, ...(supportedLevel !== undefined && { supportedLevel }) });
  const reader = copy.snapshotReader();
  const { slot, hash, chunks } = from.snapshot();
  for (const chunk of chunks(1_000_000)) reader.take(chunk);
  expect(copy.install(slot, hash, reader)).toBe(true);
  return copy;
}

describe('the level', () => {
  test('is 1 at first, and never falls', () => {
    const machine = new TestMachine();
    expect(machine.machine.governance.featureLevel).toBe(1);
    machine.internal({ kind: 'raiseFeatureLevel', level: 2 });
    machine.internal({ kind: 'raiseFeatureLevel', level: 1 });
    expect(machine.machine.governance.featureLevel).toBe(2);
    expect(machine.revision).toBe(0);
  });

  test('changes nothing that members of the first level hash or write, as long as it is the first', () => {
    const machine = new TestMachine();
    const session = machine.open();
    session.put('k', 'v');
    const plain = machine.machine.hash;
    machine.internal({ kind: 'raiseFeatureLevel', level: 1 });
    expect(machine.machine.hash).toBe(plain);
    expect(readBack(machine.machine, 1).hash).toBe(plain);
    machine.internal({ kind: 'raiseFeatureLevel', level: 2 });
    expect(machine.machine.hash).not.toBe(plain);
  });

  test('has to be 2 before there is a quota', () => {
    const machine = new TestMachine();
    changeSettings(machine, 0);
    expect(machine.machine.governance.settings).toEqual(shippedSettings);
    expect(machine.machine.governance.quotaBytes).toBe(Number.POSITIVE_INFINITY);
    machine.internal({ kind: 'raiseFeatureLevel', level: 2 });
    expect(machine.machine.governance.quotaBytes).toBe(2 ** 30);
  });
});

describe('settings', () => {
  test('take the place of those that they were made from', () => {
    const machine = machineOfLevel2();
    changeSettings(machine, 0);
    expect(machine.machine.governance.settings).toEqual({ version: 1, ...changed });
    expect(machine.machine.governance.quotaBytes).toBe(5_000);
    machine.internal({ kind: 'changeSettings', ...shippedSettings, version: 1 });
    expect(machine.machine.governance.settings).toEqual({ ...shippedSettings, version: 2 });
  });

  test('have no effect if others have come in between', () => {
    const machine = machineOfLevel2();
    changeSettings(machine, 0);
    machine.internal({ kind: 'changeSettings', ...shippedSettings, version: 0 });
    expect(machine.machine.governance.settings).toEqual({ version: 1, ...changed });
  });

  test('are part of the hash, of clones and of checkpoints', () => {
    const machine = machineOfLevel2();
    machine.open().send(put('k'));
    const before = machine.machine.hash;
    changeSettings(machine, 0);
    expect(machine.machine.hash).not.toBe(before);
    for (const copy of [machine.machine.clone(), readBack(machine.machine)]) {
      expect(copy.governance.settings).toEqual({ version: 1, ...changed });
      expect(copy.governance.featureLevel).toBe(2);
      expect(copy.hash).toBe(machine.machine.hash);
      copy.verify();
    }
  });

  test('of a checkpoint that has none are those that ship', () => {
    const machine = new TestMachine();
    machine.open().send(put('k'));
    const copy = readBack(machine.machine);
    expect(copy.governance.settings).toEqual(shippedSettings);
    expect(copy.governance.featureLevel).toBe(1);
  });
});

describe('a node of an older version', () => {
  function older(): TestMachine {
    return new TestMachine(new Machine({ checksum: crc32, supportedLevel: 1 }));
  }

  test('stops at a command above its level, and says where and why', () => {
    const machine = older();
    machine.open();
    const before = machine.machine.encode();
    const raise = () => machine.internal({ kind: 'raiseFeatureLevel', level: 2 });
    expect(raise).toThrow(UndecodableCommand);
    expect(raise).toThrow(/^slot 2 holds a raiseFeatureLevel of feature level 2, .* supports levels up to 1:/);
    expect(() => changeSettings(machine, 0)).toThrow(/^slot 2 holds a changeSettings of feature level 2, /);
    expect(machine.machine.encode()).toEqual(before);
  });

  test('refuses a state above its level', () => {
    const message = 'the state has feature level 2, and this version supports levels up to 1: start a newer one';
    expect(() => readBack(machineOfLevel2().machine, 1)).toThrow(message);
  });
});

test('a node of this version stops at a level of a later one', () => {
  const raise = () => new TestMachine().internal({ kind: 'raiseFeatureLevel', level: 3 });
  expect(raise).toThrow(/^slot 1 holds a raiseFeatureLevel of feature level 3, .* up to 2:/);
});
