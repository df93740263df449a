import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';
import { LevelJournal } from '../../src/storage/level-journal.ts';
import { storageError, temporaryDirectory } from './journals.ts';
import { slotRecords } from './records.ts';
import { scanned } from './started.ts';

const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function startAppending(directory: string) {
  const program = path.join(import.meta.dirname, 'append-until-killed.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', program, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  return child;
}

test('kill -9 in the middle of appends loses nothing that was acknowledged', async () => {
  const directory = await temporaryDirectory();
  const child = startAppending(directory);
  const exited = once(child, 'exit');
  let acknowledged = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged = Number(line);
    if (acknowledged === 25) child.kill('SIGKILL');
  }
  expect(await exited).toEqual([null, 'SIGKILL']);
  expect(acknowledged).toBeGreaterThanOrEqual(25);

  const journal = new LevelJournal(directory);
  await journal.open();
  const records = await scanned(journal);
  await journal.close();
  expect(records.length).toBeGreaterThanOrEqual(acknowledged);
  expect(records.length).toBeLessThanOrEqual(acknowledged + 1);
  expect(records).toEqual(slotRecords(records.length));
});

test('a directory in use is refused with the process that has it, and free once that is gone', async () => {
  const directory = await temporaryDirectory();
  const child = startAppending(directory);
  await once(createInterface({ input: child.stdout }), 'line');
  const error = await storageError(new LevelJournal(directory).open(), 'DIRECTORY_IN_USE');
  expect(error.message).toContain(`in use by process ${child.pid}`);

  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
  expect(await readdir(directory)).toContain('owner.pid');
  const journal = new LevelJournal(directory);
  await journal.open();
  await journal.close();
});

test('a refused second opening does not give the lock away to other processes', async () => {
  const directory = await temporaryDirectory();
  const journal = new LevelJournal(directory);
  await journal.open();
  await storageError(new LevelJournal(directory).open(), 'DIRECTORY_IN_USE');
  const program = `
    const { Level } = require('level');
    const lockedCode = 7;
    new Level(process.argv[1]).open().then(
      () => process.exit(0),
      (error) => process.exit(error.cause.code === 'LEVEL_LOCKED' ? lockedCode : 1),
    );`;
  const child = spawn(process.execPath, ['-e', program, path.join(directory, 'journal')], {
    stdio: 'inherit',
    cwd: import.meta.dirname,
  });
  children.push(child);
  expect(await once(child, 'exit')).toEqual([7, null]);
  await journal.close();
});
