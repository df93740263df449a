import { expect, test } from 'vitest';
import type { Damage } from '../../scripts/damage/damage.ts';
import { tableHeader, tableText } from '../../scripts/damage/table.ts';
import type { Verdict } from '../../scripts/damage/verdict.ts';

const serves: Verdict = { kind: 'serves', checkpointSlot: 7, lacksState: false, takenIn: false, noticed: [] };
const refuses: Verdict = { kind: 'refuses', code: 'JOURNAL_DAMAGED', message: '', exitCode: 1 };

function caseOf(part: string, deed: string, verdict: Verdict) {
  const damage: Damage = { part, deed, expected: 'either', names: /./, inflict: async () => undefined };
  return { damage, verdict };
}

test('what ends alike shares a row, and flipped bytes that end in several ways say all of them', () => {
  const cases = [
    caseOf('journal/*.log', 'a byte flipped, at 0 %', refuses),
    caseOf('journal/*.log', 'a byte flipped, at 50 %', serves),
    caseOf('journal/*.log', 'emptied', refuses),
    caseOf('journal/*.log', 'deleted', refuses),
    caseOf('checkpoint', 'deleted', { ...serves, lacksState: true }),
    caseOf('witness', 'deleted', { ...serves, noticed: ['…'] }),
  ];
  expect(tableText(cases).split('\n')).toEqual([
    tableHeader,
    '|---|---|---|',
    '| `journal/*.log` | a byte flipped | refuses: `JOURNAL_DAMAGED`; or serves |',
    '| `journal/*.log` | emptied; deleted | refuses: `JOURNAL_DAMAGED` |',
    '| `checkpoint` | deleted | serves, once another node has sent it a state |',
    '| `witness` | deleted | serves, and tells of it |',
  ]);
});
