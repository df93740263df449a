import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { chunkKey, manifestKey } from '../../../src/storage/checkpoint-key.ts';
import { sealFrame } from '../../../src/storage/checksummed-frame.ts';
import { LevelCheckpoints } from '../../../src/storage/level-checkpoints.ts';
import { anchorKey, recordKey } from '../../../src/storage/record-key.ts';
import { emptyBytes } from '../../../src/wire/bytes.ts';
import { opened } from '../../storage/checkpoints.ts';
import { change, flipBit, makeDataDirectory, writeCheckpoint } from './data-directory.ts';
import { inspect, reportOf } from './inspected.ts';

const trimmed = { checkpointSlots: [4, 7], trimmedThrough: 4 };

/** What must be intact whatever else is damaged. */
const twoCheckpoints = [
  { slot: 7, status: 'ok', stateMatches: true },
  { slot: 4, status: 'ok', stateMatches: true },
];

describe('of a damaged journal all is told that could be read, and of the rest everything', () => {
  test('a record is altered', async () => {
    const directory = await makeDataDirectory(trimmed);
    await change(directory, 'journal', (database) => flipBit(database, recordKey(9)));
    const report = await reportOf(directory);
    expect(report).toMatchObject({
      start: { from: 'refused', text: 'A start would be refused: the journal is damaged.' },
      identity: { status: 'ok', id: 'n1' },
      cluster: { clusterId: 'the-cluster' },
      witness: { status: 'ok', sequence: 11, reached: false },
      journal: {
        status: 'damaged',
        problem: expect.stringContaining('record 9 does not match its checksum'),
        anchor: { sequence: 5, trimmedThrough: 4 },
        records: 3,
        lastSequence: 8,
        highestSlot: 7,
        promised: { round: 4, node: 'n2' },
      },
      checkpoints: { status: 'ok', list: twoCheckpoints },
    });
    expect(report.journal.problem).toContain(path.join(directory, 'journal'));
    const { stdout } = await inspect(directory);
    expect(stdout).toContain('journal\tstatus\tdamaged\n');
    expect(stdout).toContain('journal\trecords\t3: 6 to 8 could be read\n');
    expect(stdout).toMatch(/^journal\tproblem\t.*record 9/m);
  });

  test('its end is missing, as the witness knows', async () => {
    const directory = await makeDataDirectory();
    await change(directory, 'journal', (database) => database.del(recordKey(11)));
    expect(await reportOf(directory)).toMatchObject({
      journal: {
        status: 'damaged',
        problem: expect.stringContaining('record 11 is missing from its end'),
        records: 10,
      },
      witness: { status: 'ok', sequence: 11, reached: false },
    });
  });

  test('its anchor is missing', async () => {
    const directory = await makeDataDirectory(trimmed);
    await change(directory, 'journal', (database) => database.del(anchorKey(5)));
    expect(await reportOf(directory)).toMatchObject({
      cluster: null,
      journal: {
        status: 'damaged',
        problem: expect.stringContaining('record 1 is missing'),
        records: 0,
        promised: null,
      },
      checkpoints: { list: twoCheckpoints },
    });
  });

  test('CURRENT is gone, or the whole database', async () => {
    const directory = await makeDataDirectory(trimmed);
    await rm(path.join(directory, 'journal', 'CURRENT'));
    expect((await reportOf(directory)).journal).toMatchObject({
      status: 'damaged',
      problem: expect.stringContaining("LevelDB's file CURRENT is missing"),
    });
    await rm(path.join(directory, 'journal'), { recursive: true });
    expect(await reportOf(directory)).toMatchObject({
      start: { from: 'refused' },
      journal: { status: 'damaged', problem: expect.stringContaining('records 1 to 11 are missing') },
      checkpoints: { list: twoCheckpoints },
    });
    await rm(path.join(directory, 'witness'));
    expect(await reportOf(directory)).toMatchObject({
      start: { from: 'refused', text: expect.stringContaining('no record of the journal that they were made of') },
      witness: { status: 'missing' },
      journal: { status: 'missing' },
    });
  });

  test('it cannot be read as a database', async () => {
    const directory = await makeDataDirectory();
    await writeFile(path.join(directory, 'journal', 'CURRENT'), 'nonsense\n');
    const { journal, identity, checkpoints } = await reportOf(directory);
    expect(journal).toMatchObject({ status: 'damaged', problem: expect.stringContaining('LevelDB cannot open it') });
    expect([identity.status, checkpoints.status]).toEqual(['ok', 'ok']);
    await rm(path.join(directory, 'journal'), { recursive: true });
    await writeFile(path.join(directory, 'journal'), 'a file');
    expect((await reportOf(directory)).journal).toMatchObject({
      status: 'damaged',
      problem: expect.stringContaining('ENOTDIR'),
    });
  });
});

describe('of checkpoints each is told for itself, and which of them is of use', () => {
  test('chunks of the newest are damaged', async () => {
    const directory = await makeDataDirectory(trimmed);
    await change(directory, 'checkpoint', async (database) => {
      await flipBit(database, chunkKey(7, 0));
      await database.del(chunkKey(7, 2));
    });
    const { start, journal, checkpoints } = await reportOf(directory);
    expect(checkpoints.list).toMatchObject([
      {
        slot: 7,
        status: 'damaged',
        problem: expect.stringContaining('chunk 0 of the checkpoint of slot 7 does not match its checksum'),
        chunks: 4,
        intactChunks: 2,
        stateMatches: null,
        keys: null,
      },
      { slot: 4, status: 'ok', stateMatches: true },
    ]);
    expect(journal.status).toBe('ok');
    expect(start).toMatchObject({ from: 'checkpoint', slot: 4, records: 6 });
    expect(start.text).toContain('since that of slot 7 cannot be used');
  });

  test('a manifest is damaged', async () => {
    const directory = await makeDataDirectory(trimmed);
    await change(directory, 'checkpoint', (database) => flipBit(database, manifestKey(7)));
    expect((await reportOf(directory)).checkpoints.list).toMatchObject([
      {
        slot: 7,
        status: 'damaged',
        problem: expect.stringContaining('manifest of the checkpoint of slot 7'),
        chunks: null,
      },
      { slot: 4, status: 'ok' },
    ]);
  });

  test('the state is not the one that was written', async () => {
    const directory = await makeDataDirectory({ checkpointSlots: [4] });
    const store = await opened(new LevelCheckpoints(directory));
    await writeCheckpoint(store, 7, '0123456789abcdef');
    await store.close();
    expect((await reportOf(directory)).checkpoints.list).toMatchObject([
      {
        slot: 7,
        status: 'damaged',
        problem: 'its chunks are intact, but: the state that it holds is not the one that was written',
        chunks: 4,
        intactChunks: 4,
        stateMatches: false,
      },
      { slot: 4, status: 'ok' },
    ]);
  });

  test('none is left: with others the node is sent a state, alone the start is refused', async () => {
    for (const [memberCount, from, text] of [
      [3, 'needsState', 'has to be sent a state by another node'],
      [1, 'refused', 'there is no other voter that has the state'],
    ] as const) {
      const directory = await makeDataDirectory({ ...trimmed, memberCount });
      await change(directory, 'checkpoint', (database) => database.clear());
      const { start, checkpoints, journal } = await reportOf(directory);
      expect(start).toMatchObject({ from, text: expect.stringContaining(text) });
      expect(checkpoints).toMatchObject({
        status: 'missing',
        problem: expect.stringContaining('up to slot 4'),
        list: [],
      });
      expect(journal.status).toBe('ok');
    }
  });

  test('the database is damaged: with others it is dropped, alone the start is refused', async () => {
    for (const [memberCount, from] of [
      [3, 'journal'],
      [1, 'refused'],
    ] as const) {
      const directory = await makeDataDirectory({ checkpointSlots: [4], memberCount });
      await rm(path.join(directory, 'checkpoint', 'CURRENT'));
      const { start, checkpoints } = await reportOf(directory);
      expect(start.from).toBe(from);
      expect(checkpoints).toMatchObject({ status: 'damaged', problem: expect.stringContaining('CURRENT is missing') });
      expect(checkpoints.problem).toContain(directory);
    }
  });
});

describe('what a later version wrote is not called damaged, and the start is refused', () => {
  test('a manifest', async () => {
    const directory = await makeDataDirectory(trimmed);
    await change(directory, 'checkpoint', async (database) => {
      const frame = (await database.get(manifestKey(7))) as Uint8Array;
      frame[5] = 2; // the format, after checksum and tag
      await database.put(manifestKey(7), sealFrame(frame));
    });
    expect(await reportOf(directory)).toMatchObject({
      start: {
        from: 'refused',
        text: 'A start would be refused: the database of checkpoints was written by a newer version.',
      },
      checkpoints: { status: 'newer', problem: expect.stringContaining('format 2'), list: [] },
    });
  });

  test('a state', async () => {
    const directory = await makeDataDirectory({ checkpointSlots: [4] });
    const store = await opened(new LevelCheckpoints(directory));
    const writer = store.begin(7);
    const unknownField = Uint8Array.of(0xf8, 0x07, 1);
    await writer.append(unknownField);
    await writer.finish({ slot: 7, revision: 7, hash: '0'.repeat(16), chunks: 1, bytes: 3, header: emptyBytes });
    await store.close();
    expect(await reportOf(directory)).toMatchObject({
      start: {
        from: 'refused',
        text: 'A start would be refused: the checkpoint of slot 7 was written by a newer version.',
      },
      checkpoints: {
        status: 'ok',
        list: [
          { slot: 7, status: 'newer', problem: expect.stringContaining('later version'), stateMatches: null },
          { slot: 4, status: 'ok' },
        ],
      },
    });
  });
});

describe('of the files beside the databases', () => {
  test('an identity that is damaged, gone or of a later version', async () => {
    const directory = await makeDataDirectory();
    const file = path.join(directory, 'identity.json');
    const identity = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    for (const [text, status, problem] of [
      ['{"formatV', 'damaged', file],
      [JSON.stringify({ ...identity, formatVersion: 3 }), 'newer', 'A newer version of the program wrote'],
      [undefined, 'missing', 'nothing says whose it is'],
    ] as const) {
      if (text === undefined) await rm(file);
      else await writeFile(file, text);
      expect(await reportOf(directory)).toMatchObject({
        identity: { status, problem: expect.stringContaining(problem), id: null },
        start: { from: 'refused', text: expect.stringContaining('the identity') },
        journal: { status: 'ok', records: 11 },
      });
    }
  });

  test('an identity of another directory', async () => {
    const directory = await makeDataDirectory();
    const file = path.join(directory, 'identity.json');
    const { checksum: _, ...identity } = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    await writeFile(file, JSON.stringify({ ...identity, nodeId: 'n9' }));
    expect((await reportOf(directory)).start).toMatchObject({
      from: 'refused',
      text: 'A start would be refused: n9 is not among the members that the journal names.',
    });
    await writeFile(file, JSON.stringify({ ...identity, incarnation: 'another' }));
    expect((await reportOf(directory)).start.text).toContain('the journal is that of another data directory of n1');
  });

  test('a witness that is damaged or gone', async () => {
    const directory = await makeDataDirectory();
    const file = path.join(directory, 'witness');
    for (const [content, status, problem] of [
      ['CWI', 'damaged', 'does not match its checksum'],
      ['', 'damaged', 'is empty'],
      [undefined, 'missing', 'There is no file'],
    ] as const) {
      if (content === undefined) await rm(file);
      else await writeFile(file, content);
      expect(await reportOf(directory)).toMatchObject({
        witness: { status, problem: expect.stringContaining(`${file}`), sequence: null, reached: null },
        start: { from: 'journal', records: 11 },
      });
      expect((await reportOf(directory)).witness.problem).toContain(problem);
    }
    expect(await readdir(directory)).not.toContain('witness');
  });
});
