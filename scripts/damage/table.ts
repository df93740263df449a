import type { DamageCase } from './damage-cluster.ts';
import type { Verdict } from './verdict.ts';

/** In few words. */
export function verdictText(verdict: Verdict): string {
  if (verdict.kind === 'refuses') return `refuses: \`${verdict.code}\``;
  if (verdict.takenIn) return 'is taken in anew, and votes once it has caught up';
  if (verdict.lacksState) return 'serves, once another node has sent it a state';
  return verdict.noticed.length === 0 ? 'serves' : 'serves, and tells of it';
}

export const tableHeader = '| part | damage | the node |';

/** In Markdown. What befalls a part and ends alike shares a row; where flipped bytes end in several ways, all are said. */
export function tableText(cases: readonly Pick<DamageCase, 'damage' | 'verdict'>[]): string {
  const verdictsByDeed = new Map<string, Set<string>>();
  for (const { damage, verdict } of cases) {
    const deed = damage.deed.startsWith('a byte flipped') ? 'a byte flipped' : damage.deed;
    const key = JSON.stringify([damage.part, deed]);
    verdictsByDeed.set(key, (verdictsByDeed.get(key) ?? new Set()).add(verdictText(verdict)));
  }
  const deedsByRow = new Map<string, string[]>();
  for (const [key, verdicts] of verdictsByDeed) {
    const [part, deed] = JSON.parse(key) as [string, string];
    const row = JSON.stringify([part, [...verdicts].sort().join('; or ')]);
    deedsByRow.set(row, [...(deedsByRow.get(row) ?? []), deed]);
  }
  const lines = [...deedsByRow].map(([row, deeds]) => {
    const [part, verdicts] = JSON.parse(row) as [string, string];
    return `| \`${part}\` | ${deeds.join('; ')} | ${verdicts} |`;
  });
  return [tableHeader, '|---|---|---|', ...lines].join('\n');
}
