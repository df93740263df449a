import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { UndecodableCommand } from '../../src/machine/decode-commands.ts';
import { Machine } from '../../src/machine/machine.ts';
import { AssertionFailure } from '../../src/wire/assert.ts';
import { encodeBatch } from '../../src/wire/batch-codec.ts';
import { encodeOperation } from '../../src/wire/operation-codec.ts';
import { put, TestMachine } from './harness.ts';

test('a command that cannot be read stops the machine before any of its batch takes effect', () => {
  const machine = new TestMachine();
  const session = machine.open();
  const before = machine.machine.encode();
  const batch = encodeBatch([encodeOperation(session.operation(put('k'))), new Uint8Array([0xff])]);
  expect(() => machine.machine.apply(2, batch)).toThrow(UndecodableCommand);
  expect(machine.machine.encode()).toEqual(before);
});

test('so does one of a kind that this version does not know', () => {
  const machine = new Machine({ checksum: crc32 });
  // Field 99 with an empty message.
  expect(() => machine.apply(1, encodeBatch([new Uint8Array([0x9a, 0x06, 0x00])]))).toThrow(UndecodableCommand);
});

test('and a batch that is none', () => {
  const machine = new Machine({ checksum: crc32 });
  expect(() => machine.apply(1, new Uint8Array([0x0a, 0x05]))).toThrow(UndecodableCommand);
});

test('slots are applied in order, each once', () => {
  const machine = new Machine({ checksum: crc32 });
  expect(() => machine.apply(2, new Uint8Array(0))).toThrow(AssertionFailure);
  machine.apply(1, new Uint8Array(0));
  expect(machine.appliedSlot).toBe(1);
  expect(() => machine.apply(1, new Uint8Array(0))).toThrow(AssertionFailure);
});
