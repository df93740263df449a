import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
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
