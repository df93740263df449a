import type { CommandContext } from '../context.ts';
import { writeTable } from '../observe/write-table.ts';
import { type Colors, colorsFor, printable, writeJson, writeLine } from '../output.ts';
import { type Finding, type Level, worstLevel } from './finding.ts';

/** `text`: a table and a verdict · `json`: one object · `nagios`: one line, as monitoring plugins print it. */
export type CheckFormat = 'text' | 'json' | 'nagios';

/** Those of monitoring plugins. */
export const levelExitCodes: Readonly<Record<Level, number>> = { ok: 0, warning: 1, critical: 2, unknown: 3 };

const resultColumn = 2;

export async function writeReport(
  context: Pick<CommandContext, 'stdout' | 'environment'>,
  findings: readonly Finding[],
  format: CheckFormat,
): Promise<void> {
  const { stdout, environment } = context;
  const colors = colorsFor(stdout, environment);
  const verdict = worstLevel(findings.map(({ level }) => level));
  if (format === 'json') {
    await writeJson(stdout, { verdict, findings });
  } else if (format === 'nagios') {
    await writeLine(stdout, nagiosLine(verdict, findings));
  } else {
    const rows = findings.map(({ check, member, level, detail }) => [check, member ?? '-', level, detail]);
    const paint = (cell: string, column: number): string =>
      column === resultColumn ? paintOf(cell as Level, colors)(cell) : cell;
    await writeTable(context, ['CHECK', 'MEMBER', 'RESULT', 'DETAIL'], rows, paint);
    await writeLine(stdout, paintOf(verdict, colors)(`verdict: ${verdictText(verdict, findings)}`));
  }
}

function verdictText(verdict: Level, findings: readonly Finding[]): string {
  if (verdict === 'ok') return 'ok';
  const counted = (['critical', 'warning', 'unknown'] as const).flatMap((level) => {
    const count = findings.filter((finding) => finding.level === level).length;
    return count === 0 ? [] : [`${count} ${level}`];
  });
  return `${verdict} (${counted.join(', ')})`;
}

/** `CONCLAVE WARNING - members n3: does not answer; …`; what is well is only counted. */
function nagiosLine(verdict: Level, findings: readonly Finding[]): string {
  const told = findings.filter(({ level }) => level !== 'ok');
  const text = told.map(({ check, member, detail }) => `${check}${member === null ? '' : ` ${member}`}: ${detail}`);
  if (text.length === 0) text.push(`${findings.length} checks`);
  // A bar would begin the data of the plugin.
  return `CONCLAVE ${verdict.toUpperCase()} - ${printable(text.join('; ')).replaceAll('|', '/')}`;
}

function paintOf(level: Level, colors: Colors): (text: string) => string {
  if (level === 'ok') return colors.green;
  return level === 'critical' ? colors.red : colors.yellow;
}
