import { writeFileSync } from 'node:fs';
import { mkdir, readdir, realpath, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { inspectDirectory, inspectIdentity } from '../../../src/cli/inspect/inspect-directory.ts';
import { openIdentity } from '../../../src/storage/identity.ts';
import { LevelCheckpoints } from '../../../src/storage/level-checkpoints.ts';
import { LevelJournal } from '../../../src/storage/level-journal.ts';
import { ReadOnlyCopy } from '../../../src/storage/read-only-copy.ts';
import { opened } from '../../storage/checkpoints.ts';
import { temporaryDirectory } from '../../storage/journals.ts';
import { node1 } from '../../storage/records.ts';
import { World } from '../fake-context.ts';
import { makeDataDirectory, valueBytes } from '../inspect/data-directory.ts';
import { inspect, reportOf } from '../inspect/inspected.ts';

describe('a directory that is whole', () => {
  test('with checkpoints and a trimmed journal', async () => {
    const directory = await makeDataDirectory({ checkpointSlots: [4, 7], trimmedThrough: 4 });
    const { incarnation, createdAt } = await openIdentity(directory, node1);
    expect(await reportOf(directory)).toEqual({
      directory,
      healthy: true,
      start: {
        from: 'checkpoint',
        slot: 7,
        records: 3,
        text: 'A start would begin with the checkpoint of slot 7, and the 3 journal records with later slots.',
      },
      identity: { status: 'ok', problem: null, id: 'n1', incarnation, createdAt, formatVersion: 1, origin: null },
      cluster: {
        clusterId: 'the-cluster',
        name: 'test',
        formed: true,
        members: [
          { id: 'n1', incarnation, address: '127.0.0.1:7101', standing: 'voter', replaces: null },
          { id: 'n2', incarnation: 'i2', address: '127.0.0.1:7102', standing: 'voter', replaces: null },
          { id: 'n3', incarnation: 'i3', address: '127.0.0.1:7103', standing: 'voter', replaces: null },
        ],
        membersSlot: 0,
        settings: { leaseMs: 200, clockDriftPermille: 100, leases: true },
      },
      witness: { status: 'ok', problem: null, sequence: 11, reached: true },
      journal: {
        status: 'ok',
        problem: null,
        records: 6,
        firstSequence: 6,
        lastSequence: 11,
        anchor: { sequence: 5, trimmedThrough: 4 },
        promised: { round: 4, node: 'n2' },
        chosenThrough: 9,
        trimmedThrough: 4,
        lowestSlot: 5,
        highestSlot: 10,
        valueBytes: 6 * valueBytes,
        seen: [
          { id: 'n2', incarnation: 'i2', sequence: 30 },
          { id: 'n3', incarnation: 'i3', sequence: 30 },
        ],
      },
      checkpoints: {
        status: 'ok',
        problem: null,
        list: [7, 4].map((slot) => ({
          status: 'ok',
          problem: null,
          slot,
          revision: slot,
          hash: expect.stringMatching(/^[0-9a-f]{16}$/),
          chunks: slot === 7 ? 4 : 2,
          intactChunks: slot === 7 ? 4 : 2,
          bytes: expect.any(Number),
          stateMatches: true,
          keys: slot - 2,
          sessions: 1,
          locks: 1,
          featureLevel: 1,
          residentBytes: slot === 7 ? 7_044 : 4_512,
          quotaBytes: null,
          membersSlot: 0,
        })),
      },
    });
  });

  test('without checkpoints, and as a new node leaves it', async () => {
    const directory = await makeDataDirectory();
    expect(await reportOf(directory)).toMatchObject({
      healthy: true,
      start: { from: 'journal', slot: null, records: 11 },
      journal: { anchor: null, firstSequence: 1, trimmedThrough: 0, lowestSlot: 1 },
      checkpoints: { status: 'ok', list: [] },
    });
    const fresh = await realpath(await temporaryDirectory());
    await openIdentity(fresh, node1);
    const journal = new LevelJournal(fresh);
    await journal.open();
    await journal.close();
    await (await opened(new LevelCheckpoints(fresh))).close();
    expect(await reportOf(fresh)).toMatchObject({
      healthy: true,
      start: { from: 'nothing' },
      cluster: null,
      witness: { status: 'ok', sequence: null },
      journal: { status: 'ok', records: 0, promised: null },
    });
  });

  test('is shown to people with sizes, times and colours, and to programs with tabs', async () => {
    const directory = await makeDataDirectory({ checkpointSlots: [4, 7], trimmedThrough: 4 });
    const { exitCode, stdout, stderr } = await inspect(directory);
    expect([exitCode, stderr]).toEqual([0, '']);
    for (const line of [
      'identity\tstatus\tok',
      'identity\tnode\tn1',
      'cluster\tstatus\tformed',
      'cluster\tmember n3\t127.0.0.1:7103, incarnation i3',
      'witness\tmark\trecord 11, which the journal reaches',
      'journal\trecords\t6: 6 to 11',
      'journal\tanchor\tafter record 5, trimmed through slot 4',
      'journal\tpromised\t4.n2',
      'journal\tvalues\t5.9 KiB',
      'checkpoint 7\tchunks\t4, all intact',
      'checkpoint 7\tstate\t5 keys, 1 session, 1 lock',
    ]) {
      expect(stdout.split('\n')).toContain(line);
    }
    expect(stdout).toMatch(/^identity\tcreated\t\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, \d+s ago$/m);
    expect(stdout).toMatch(/\nstart\tcheckpoint\tA start would begin with .*\n$/);

    const plain = await inspect(directory, [], { onTerminal: true, environment: { NO_COLOR: '1' } });
    expect(plain.stdout).toMatch(/^identity {9}ok\n {2}directory {6}\/.*\n {2}node {11}n1\n/);
    expect(plain.stdout).toMatch(/\n\nA start would begin with .*\n$/);
    const colourful = await inspect(directory, [], { onTerminal: true });
    expect(colourful.stdout).toContain('\u001b[32mok\u001b[39m');
  });
});

describe('what is no directory of a stopped node', () => {
  test('one that is in use', async () => {
    const directory = await makeDataDirectory();
    const journal = new LevelJournal(directory);
    await journal.open();
    await expectRefused(directory, 'DIRECTORY_IN_USE', 'this process');
    await journal.close();
    await writeFile(path.join(directory, 'owner.pid'), `${process.ppid}\n`);
    await expectRefused(directory, 'DIRECTORY_IN_USE', `process ${process.ppid}`);
    await writeFile(path.join(directory, 'owner.pid'), '4194305\n');
    expect((await inspect(directory)).exitCode).toBe(0);
  });

  test('one that is taken into use meanwhile', async () => {
    const directory = await makeDataDirectory();
    const world = new World();
    let records = 0;
    const { stdout } = world;
    const write = stdout.write.bind(stdout);
    stdout.write = (data, done) => {
      records += 1;
      if (records > 3) return write(data, done);
      const journal = new LevelJournal(directory);
      void journal
        .open()
        .then(() => journal.close())
        .then(() => write(data, done));
      return true;
    };
    expect(await world.run('inspect', directory, '--records')).toBe(1);
    expect(world.stderr.text).toMatch(/^error DIRECTORY_IN_USE: .* was changed while it was read/);
  });

  test('so, too, before anything of a report is shown', async () => {
    const directory = await makeDataDirectory();
    const identity = await inspectIdentity(directory);
    const copy = await ReadOnlyCopy.make(directory);
    let files = 0;
    const signal: Pick<AbortSignal, 'throwIfAborted'> = {
      throwIfAborted: () => {
        files += 1;
        writeFileSync(path.join(directory, 'journal', `${files}.log`), '');
      },
    };
    const report = inspectDirectory(directory, identity, copy, signal as AbortSignal);
    await expect(report).rejects.toMatchObject({ code: 'DIRECTORY_IN_USE' });
    await copy.remove();
  });

  test('one that is none of ours, none at all, or empty', async () => {
    const directory = await realpath(await temporaryDirectory());
    const empty = await reportOf(directory);
    expect(empty).toMatchObject({
      healthy: false,
      start: { from: 'nothing', text: 'The directory is empty: a start would make it a new node.' },
      identity: { status: 'missing' },
      journal: { status: 'missing' },
    });
    await writeFile(path.join(directory, 'notes.txt'), 'mine');
    await expectRefused(directory, 'FOREIGN_DIRECTORY', 'notes.txt');
    const world = new World();
    expect(await world.run('inspect', path.join(directory, 'nowhere'), '--json')).toBe(1);
    expect(world.stderr.text).toMatch(/^error NOT_A_DIRECTORY: There is no directory .*nowhere\.\n$/);
    const another = new World();
    expect(await another.run('inspect', path.join(directory, 'notes.txt'))).toBe(1);
    expect(another.stderr.text).toMatch(/^error NOT_A_DIRECTORY: /);
    expect(await readdir(directory)).toEqual(['notes.txt']);
  });

  test('a new node that was stopped before it opened its journal is told from one that has lost it', async () => {
    const directory = await realpath(await temporaryDirectory());
    await openIdentity(directory, node1);
    const { healthy, start, journal } = await reportOf(directory);
    expect([healthy, start.from, journal.status]).toEqual([false, 'nothing', 'missing']);
    expect(start.text).toContain('or all of it is gone');
    await mkdir(path.join(directory, 'journal'));
    expect((await reportOf(directory)).journal).toMatchObject({ status: 'ok', records: 0 });
  });
});

describe('a signal ends it, and nothing is left behind', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s', async (signal, expected) => {
    const directory = await makeDataDirectory({ checkpointSlots: [4, 7], trimmedThrough: 4 });
    const { exitCode, stdout } = await inspect(directory, [], {
      during: (world) => onceListening(world, signal, () => void world.signals.emit(signal, signal)),
    });
    expect([exitCode, stdout]).toEqual([expected, '']);
  });

  test('even while nobody takes what it writes', async () => {
    const directory = await makeDataDirectory();
    const { exitCode } = await inspect(directory, ['--records'], {
      during: (world) => {
        world.stdout.write = () => {
          world.signals.emit('SIGINT', 'SIGINT');
          return false;
        };
      },
    });
    expect(exitCode).toBe(130);
  });
});

async function expectRefused(directory: string, code: string, detail: string): Promise<void> {
  for (const words of [[], ['--json'], ['--records']]) {
    const { exitCode, stdout, stderr } = await inspect(directory, words);
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(new RegExp(`^error ${code}: `));
    expect(stderr).toContain(detail);
  }
}

function onceListening(world: World, signal: string, act: () => void): void {
  world.signals.on('newListener', (name) => {
    if (name === signal) setImmediate(act);
  });
}
