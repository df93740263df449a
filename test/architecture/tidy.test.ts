import { describe, expect, test } from 'vitest';
import { readSources, report } from './sources.ts';
import { checkTidy, type LongFile, MAX_COLUMNS, MAX_LINES } from './tidy.ts';

/** The ratchet: files over the limit, how long they may be, and why they are better whole. */
const LONG_FILES: Readonly<Record<string, LongFile>> = {
  'src/replica/replica.ts': {
    lines: 440,
    reason: 'the one place that shows how every input runs through the parts of a server',
  },
  'src/machine/machine.ts': {
    lines: 320,
    reason: 'the face of the state machine: every call, one after the other, with what it promises',
  },
  'src/paxos/paxos.ts': {
    lines: 400,
    reason: 'the face of the protocol: every call, one after the other, with what it promises',
  },
};

function rulesBrokenBy(file: string, text: string, longFiles: Readonly<Record<string, LongFile>> = {}): string[] {
  return checkTidy(new Map([[file, text]]), longFiles).map(({ rule }) => rule);
}

test('the house is tidy', () => {
  expect(report(checkTidy(readSources('src', 'test', 'scripts'), LONG_FILES))).toEqual([]);
});

describe('untidiness is found', () => {
  test.each(['src/wire/camelCase.ts', 'src/wire/Upper.ts', 'src/wire/snake_case.ts', 'src/someRoom/a.ts'])(
    'name %s',
    (file) => {
      expect(rulesBrokenBy(file, '')).toEqual(['name']);
    },
  );

  test.each(['src/wire/kebab-case.ts', 'test/paxos/log-trim.test.ts', 'src/client/sdk.d.ts'])(
    'but not in %s',
    (file) => {
      expect(rulesBrokenBy(file, '')).toEqual([]);
    },
  );

  test.each(
    [
      ['TO', 'DO'],
      ['FIX', 'ME'],
      ['X', 'XX'],
    ].map((halves) => halves.join('')),
  )('a leftover %s', (marker) => {
    expect(rulesBrokenBy('src/wire/a.ts', `// ${marker}: later\n`)).toEqual(['leftover']);
    expect(rulesBrokenBy('src/wire/a.ts', `const all${marker}s = 1;\n`)).toEqual([]);
  });

  test('a focused test', () => {
    expect(rulesBrokenBy('test/wire/a.test.ts', `test.only('a', () => {});\n`)).toEqual(['leftover']);
    expect(rulesBrokenBy('test/wire/a.test.ts', `describe.concurrent.only('a', () => {});\n`)).toEqual(['leftover']);
  });

  test('a print outside of the command line', () => {
    expect(rulesBrokenBy('src/server/a.ts', `console.log('a');\n`)).toEqual(['console']);
    expect(rulesBrokenBy('src/server/a.ts', `// console.log('a')\n`)).toEqual([]);
    expect(rulesBrokenBy('src/cli/a.ts', `console.log('a');\n`)).toEqual([]);
  });

  test('a long line', () => {
    expect(rulesBrokenBy('src/wire/a.ts', `${'é'.repeat(MAX_COLUMNS)}\n`)).toEqual([]);
    expect(rulesBrokenBy('src/wire/a.ts', `${'é'.repeat(MAX_COLUMNS + 1)}\n`)).toEqual(['line length']);
    expect(rulesBrokenBy('src/wire/a.generated.ts', `${'é'.repeat(MAX_COLUMNS + 1)}\n`)).toEqual([]);
  });

  test('a long file, and a ratchet that is not needed', () => {
    const file = 'src/wire/a.ts';
    const reason = 'one table, read as a whole';
    expect(rulesBrokenBy(file, 'a;\n'.repeat(MAX_LINES))).toEqual([]);
    expect(rulesBrokenBy(file, 'a;\n'.repeat(MAX_LINES + 1))).toEqual(['file length']);
    expect(rulesBrokenBy(file, 'a;\n'.repeat(400), { [file]: { lines: 400, reason } })).toEqual([]);
    expect(rulesBrokenBy(file, 'a;\n'.repeat(401), { [file]: { lines: 400, reason } })).toEqual(['file length']);
    expect(rulesBrokenBy(file, 'a;\n'.repeat(400), { [file]: { lines: 400, reason: '' } })).toEqual(['ratchet']);
    expect(rulesBrokenBy(file, 'a;\n', { [file]: { lines: 400, reason } })).toEqual(['ratchet']);
    expect(rulesBrokenBy(file, 'a;\n', { 'src/wire/gone.ts': { lines: 400, reason } })).toEqual(['ratchet']);
  });
});
