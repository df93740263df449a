import { closeSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { codedErrorIn, lastLines, openLog } from '../../../src/cli/local-cluster/node-log.ts';

test('the last lines are those of the last start', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'conclave-log-'));
  const file = path.join(directory, 'n1', 'node.log');
  const first = openLog(file);
  writeSync(first.descriptor, 'one\ntwo\nerror OLD: news\n');
  const second = openLog(file);
  writeSync(second.descriptor, 'three\n\nfour\nfive\n');
  expect(lastLines(file, second.offset, 2)).toEqual(['four', 'five']);
  expect(lastLines(file, second.offset, 10)).toEqual(['three', 'four', 'five']);
  expect(lastLines(path.join(directory, 'none'), 0, 10)).toEqual([]);
  closeSync(first.descriptor);
  closeSync(second.descriptor);
  await rm(directory, { recursive: true });
});

test('the coded error is found among them', () => {
  const lines = ['{"level":30}', 'error JOURNAL_DAMAGED: record 7 is missing', 'at somewhere'];
  expect(codedErrorIn(lines)).toEqual({ code: 'JOURNAL_DAMAGED', message: 'record 7 is missing' });
  expect(codedErrorIn(['Error: oh'])).toBeUndefined();
});
