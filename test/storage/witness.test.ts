import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { readWitness, Witness } from '../../src/storage/witness.ts';
import { temporaryDirectory } from './journals.ts';

test('a witness is read without being made or changed', async () => {
  const file = path.join(await temporaryDirectory(), 'witness');
  expect(await readWitness(file)).toEqual({ kind: 'missing' });
  const witness = await Witness.open(file, (error) => {
    throw error;
  });
  expect(await readWitness(file)).toEqual({ kind: 'empty' });
  const mark = { sequence: 2 ** 40, crc: 0xfedc_ba98 };
  witness.note(mark);
  await witness.close();
  expect(await readWitness(file)).toEqual({ kind: 'intact', mark });

  const content = await readFile(file);
  for (const damaged of [
    content.subarray(1),
    content.subarray(0, 19),
    content.map((byte, at) => byte ^ (at === 9 ? 1 : 0)),
  ]) {
    await writeFile(file, damaged);
    expect(await readWitness(file)).toEqual({ kind: 'damaged' });
  }
  await expect(readWitness(path.dirname(file))).rejects.toMatchObject({ code: 'EISDIR' });
});

test('one of a newer format is refused with both numbers, and left as it is', async () => {
  const file = path.join(await temporaryDirectory(), 'witness');
  const content = Buffer.alloc(20);
  content.write('CWI');
  content[3] = 2;
  content.writeUInt32BE(crc32(content.subarray(0, 16)), 16);
  await writeFile(file, content);
  const message = expect.stringContaining('format 2; known are formats up to 1');
  await expect(readWitness(file)).rejects.toMatchObject({ code: 'NEWER_FORMAT', message });
  await expect(Witness.open(file, () => undefined)).rejects.toMatchObject({ code: 'NEWER_FORMAT', message });
  expect(await readFile(file)).toEqual(content);
});
