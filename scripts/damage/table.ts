import type { DamageCase } from './damage-cluster.ts';
import type { Verdict } from './verdict.ts';

/** In few words. */
export function verdictText(verdict: Verdict): string {
  if (verdict.kind === 'refuses') return `refuses: ${verdict.code}`;
  if (verdict.lacksState) return 'serves, its state sent by another node';
  if (verdict.noticed.length === 0) return 'serves';
  return verdict.checkpointSlot === 0 ? 'serves, from the journal, and tells' : 'serves, and tells of it';
}

/** In Markdown: the part, what happened to it, the verdicts. Flipped bytes of a part share a row. */
export function tableText(cases: readonly DamageCase[]): string {
  const rows = new Map<string, Set<string>>();
  for (const { damage, verdict } of cases) {
    const deed = damage.deed.startsWith('a byte flipped') ? 'a byte flipped' : damage.deed;
    const row = `| \`${damage.part}\` | ${deed} |`;
    rows.set(row, (rows.get(row) ?? new Set()).add(verdictText(verdict)));
  }
  const lines = [...rows].map(([row, verdicts]) => `${row} ${[...verdicts].join('; or ')} |`);
  return ['| part | damage | the node |', '|---|---|---|', ...lines].join('\n');
}
