import { describe, expect, test } from 'vitest';
import type { Damage } from '../../scripts/damage/damage.ts';
import { type CaseFacts, findingsOf } from '../../scripts/damage/findings.ts';
import type { Verdict } from '../../scripts/damage/verdict.ts';
import type { DirectoryReport, StartVerdict } from '../../src/cli/inspect/directory-report.ts';

const damage: Damage = {
  part: 'journal/*.log',
  deed: 'emptied',
  expected: 'either',
  names: /\/journal\b/,
  inflict: async () => undefined,
};

function facts(start: Partial<StartVerdict>, change: Partial<CaseFacts> = {}, expected = damage.expected): CaseFacts {
  const ok = { status: 'ok', problem: null };
  const report = {
    start: { from: 'checkpoint', slot: 7, records: 1, text: 'A start would …', ...start },
    witness: ok,
    checkpoints: { ...ok, list: [{ ...ok, slot: 7 }] },
  } as unknown as DirectoryReport;
  return { damage: { ...damage, expected }, report, isJournalWhole: true, ...change };
}

const served: Extract<Verdict, { kind: 'serves' }> = {
  kind: 'serves',
  checkpointSlot: 7,
  lacksState: false,
  takenIn: false,
  noticed: [],
};
const refused: Extract<Verdict, { kind: 'refuses' }> = {
  kind: 'refuses',
  code: 'JOURNAL_DAMAGED',
  message: 'JOURNAL_DAMAGED: The journal in /data/journal is damaged: …',
  exitCode: 1,
};

describe('what is promised is no finding', () => {
  test('a node that serves, as inspect said', () => {
    expect(findingsOf(facts({}), served)).toEqual([]);
    expect(
      findingsOf(facts({ from: 'needsState', slot: null }), { ...served, checkpointSlot: 0, lacksState: true }),
    ).toEqual([]);
  });

  test('a node that does not start, as inspect said, or because the others know better', () => {
    expect(findingsOf(facts({ from: 'refused' }, { isJournalWhole: false }), refused)).toEqual([]);
    const rolledBack = { ...refused, code: 'ROLLED_BACK', message: 'ROLLED_BACK: … /data/journal …' };
    expect(findingsOf(facts({}), rolledBack)).toEqual([]);
  });
});

describe('each broken promise is found', () => {
  test.each<[string, CaseFacts, Verdict, RegExp]>([
    ['votes with a hole in its journal', facts({}, { isJournalWhole: false }), served, /a promise may be forgotten/],
    ['starts where it must not', facts({}, {}, 'refuses'), served, /must not start/],
    ['does not start where it can', facts({ from: 'refused' }, {}, 'serves'), refused, /does not start, where it can/],
    ['starts though inspect said no', facts({ from: 'refused' }), served, /it starts, but inspect said/],
    ['does not start though inspect said it would', facts({}), refused, /does not start, but inspect said/],
    ['starts from another checkpoint', facts({}), { ...served, checkpointSlot: 4 }, /of slot 4, but inspect said/],
    ['lacks a state', facts({}), { ...served, lacksState: true }, /lacks a state, but inspect said/],
    ['ends with another exit code', facts({ from: 'refused' }), { ...refused, exitCode: 139 }, /exit code 139/],
    ['ends without a code', facts({ from: 'refused' }), { ...refused, code: '' }, /without an error code/],
    [
      'names nothing',
      facts({ from: 'refused' }),
      { ...refused, message: 'JOURNAL_DAMAGED: something is wrong' },
      /does not name the damage/,
    ],
  ])('a node that %s', (_, given, verdict, finding) => {
    expect(findingsOf(given, verdict)).toEqual([expect.stringMatching(finding)]);
  });

  test('a node that says nothing of damage that inspect sees', () => {
    const { report } = facts({});
    const witness = { ...report?.witness, status: 'damaged' };
    const seen = { ...facts({}), report: { ...report, witness } as DirectoryReport };
    expect(findingsOf(seen, served)).toEqual([expect.stringMatching(/of which the start says nothing/)]);
    expect(findingsOf(seen, { ...served, noticed: ['…'] })).toEqual([]);
  });
});
