import { rm } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { recordKey } from '../../../src/storage/record-key.ts';
import { change, flipBit, makeDataDirectory } from './data-directory.ts';
import { inspect } from './inspected.ts';

describe('conclave inspect --records', () => {
  test('is a line for each, for programs, people and other programs', async () => {
    const directory = await makeDataDirectory({ checkpointSlots: [4, 7], trimmedThrough: 8 });
    const tabs = await inspect(directory, ['--records']);
    expect(tabs).toEqual({
      exitCode: 0,
      stderr: '',
      stdout:
        'SEQUENCE\tKIND\tPROMISED\tCHOSEN\tSLOTS\n9\tanchor\t4.n2\t8\t-\n' +
        '10\trecord\t4.n2\t8\t9:1000\n11\trecord\t4.n2\t9\t10:1000\n',
    });
    const table = await inspect(directory, ['--records'], { onTerminal: true, environment: { NO_COLOR: '1' } });
    expect(table.stdout.split('\n').map((line) => line.replace(/ +/g, ' '))).toEqual([
      'SEQUENCE KIND PROMISED CHOSEN SLOTS',
      '9 anchor 4.n2 8 -',
      '10 record 4.n2 8 9 (1000 B)',
      '11 record 4.n2 9 10 (1000 B)',
      '',
    ]);
    const lines = await inspect(directory, ['--json', '--records']);
    expect(
      lines.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      expect.objectContaining({ sequence: 9, anchor: true, trimmedThrough: 8, genesis: true, slots: [] }),
      expect.objectContaining({ sequence: 10, anchor: false }),
      {
        sequence: 11,
        anchor: false,
        promised: { round: 4, node: 'n2' },
        chosenThrough: 9,
        trimmedThrough: 0,
        formed: true,
        genesis: false,
        membersSlot: null,
        slots: [{ slot: 10, ballot: { round: 4, node: 'n1' }, bytes: 1000, chosen: false, members: null }],
      },
    ]);
  });

  test('goes as far as the journal can be read, and says so', async () => {
    const directory = await makeDataDirectory();
    await change(directory, 'journal', (database) => flipBit(database, recordKey(3)));
    const { exitCode, stdout, stderr } = await inspect(directory, ['--records']);
    expect(exitCode).toBe(1);
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(/^SEQ/),
      '1\trecord\t-\t0\t-',
      expect.stringMatching(/^2\t/),
      '',
    ]);
    expect(stderr).toMatch(/^error JOURNAL_DAMAGED: .*record 3 does not match its checksum/);
    expect(stderr).toContain(path.join(directory, 'journal'));
  });

  test('of no journal is an error, and of a journal that is gone another', async () => {
    const directory = await makeDataDirectory();
    await rm(path.join(directory, 'journal'), { recursive: true });
    expect((await inspect(directory, ['--records'])).stderr).toMatch(
      /^error JOURNAL_DAMAGED: .*records 1 to 11 are missing/,
    );
    await rm(path.join(directory, 'witness'));
    expect(await inspect(directory, ['--records'])).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `error JOURNAL_MISSING: There is no journal in ${directory}.\n`,
    });
  });

  test('ends when nobody reads any more', async () => {
    const directory = await makeDataDirectory();
    const brokenPipe = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
    const { exitCode, stderr } = await inspect(directory, ['--records'], {
      during: ({ stdout }) => {
        stdout.failure = brokenPipe;
      },
    });
    expect([exitCode, stderr]).toEqual([0, '']);
  });
});
