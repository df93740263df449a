import type { CommandContext } from '../context.ts';
import { colorsFor, printable, writeLine } from '../output.ts';
import { alignedRows } from '../table.ts';

/**
 * A table with dim titles on a terminal, columns divided by tabs elsewhere; without control characters that others have chosen. `paint`
 * gives a cell its colour.
 */
export async function writeTable(
  { stdout, environment }: Pick<CommandContext, 'stdout' | 'environment'>,
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  paint: (cell: string, column: number) => string = String,
): Promise<void> {
  const colors = colorsFor(stdout, environment);
  const cells = [
    titles.map((title) => colors.dim(title)),
    ...rows.map((row) => row.map((cell, column) => paint(printable(cell), column))),
  ];
  await writeLine(stdout, alignedRows(cells, stdout.isTTY === true));
}
