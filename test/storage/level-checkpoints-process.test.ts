import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';
import { LevelCheckpoints } from '../../src/storage/level-checkpoints.ts';
import { contentOf, contents, expected, opened, write } from './checkpoints.ts';
import { storageError, temporaryDirectory } from './journals.ts';

const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** Lines that the program has said when it was killed, which was some time after the last of `lines`. */
async function killedAfter(directory: string, lines: number): Promise<string[]> {
  const program = path.join(import.meta.dirname, 'checkpoint-until-killed.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', program, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const exited = once(child, 'exit');
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line);
    if (said.length === 1) await storageError(new LevelCheckpoints(directory).open(), 'DIRECTORY_IN_USE');
    if (said.length === lines) child.kill('SIGKILL');
  }
  expect(await exited).toEqual([null, 'SIGKILL']);
  return said;
}

const content = (slot: number) => contentOf(slot, 4, 40_000);

test('kill -9 at any time loses nothing that was finished, and counts nothing that was not', async () => {
  const lines = 15 + Math.floor(Math.random() * 15);
  const directory = await temporaryDirectory();
  const said = await killedAfter(directory, lines);
  const finished = said.filter((line) => line.endsWith('finished')).length;
  const store = await opened(new LevelCheckpoints(directory));
  const newest = (await store.list())[0]?.slot ?? 0;
  expect([finished, finished + 1], `killed after ${lines} lines`).toContain(newest);
  expect(await contents(store)).toEqual(expected(content(newest), content(newest - 1)));
  expect(store.damaged).toEqual([]);
  await write(store, content(newest + 1));
  expect(await contents(store)).toEqual(expected(content(newest + 1), content(newest)));
  await store.close();
});
