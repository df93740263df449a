import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { HistoryRecorder } from '../../../../src/testing/chaos/history/history-recorder.ts';
import { type HistoryLine, parseHistory } from '../../../../src/testing/checkers/event-history.ts';

const put: HistoryLine = { process: 'p', op: 'put', key: 'k', value: 'v', outcome: 'ok', start: 1, end: 2 };
const lost: HistoryLine = { process: 'p', op: 'session-lost', session: 's', at: 3 };

test('lines are kept and written in their order', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'conclave-recorder-'));
  try {
    const file = join(directory, 'history.ndjson');
    const recorder = new HistoryRecorder(file);
    recorder.record(put);
    recorder.record(lost);
    await recorder.close();
    await recorder.close();
    expect(recorder.lines).toEqual([put, lost]);
    expect(parseHistory(await readFile(file, 'utf8'))).toEqual([put, lost]);
    expect(() => recorder.record(put)).toThrow('closed');
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('a history that cannot be written is not called written', async () => {
  const recorder = new HistoryRecorder('/no/such/directory/history.ndjson');
  recorder.record(put);
  await expect(recorder.close()).rejects.toThrow('ENOENT');
  expect(recorder.lines).toEqual([put]);
});
