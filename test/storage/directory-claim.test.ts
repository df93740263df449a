import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { DirectoryClaim, refuseIfClaimed } from '../../src/storage/directory-claim.ts';
import { storageError, temporaryDirectory } from './journals.ts';

test('who only reads is refused while this process has a database of the directory open', async () => {
  const directory = await temporaryDirectory();
  await refuseIfClaimed(directory);
  const claim = DirectoryClaim.take(directory, 'checkpoint');
  const error = await storageError(refuseIfClaimed(directory), 'DIRECTORY_IN_USE');
  expect(error.message).toContain('in use by this process');
  await refuseIfClaimed(path.join(directory, 'checkpoint'));
  claim.release();
  await refuseIfClaimed(directory);
});

test('and while the process is alive that has signed it, but not after', async () => {
  const directory = await temporaryDirectory();
  const signature = path.join(directory, 'owner.pid');
  await writeFile(signature, `${process.ppid}\n`);
  const error = await storageError(refuseIfClaimed(directory), 'DIRECTORY_IN_USE');
  expect(error.message).toContain(`in use by process ${process.ppid}.`);
  expect(error.message).toContain(`delete ${signature}`);
  for (const nobody of ['4194305\n', '', 'nonsense', '-1', '0', `${process.pid}\n`]) {
    await writeFile(signature, nobody);
    await refuseIfClaimed(directory);
  }
});
