import CliTable from 'cli-table3';

const noOutline = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  right: '',
};
const noRules = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };

/** A table on a terminal; columns divided by tabs for `cut` and `awk`. */
export function alignedRows(rows: readonly string[][], onTerminal: boolean): string {
  if (!onTerminal) return rows.map((row) => row.join('\t')).join('\n');
  const table = new CliTable({
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    chars: { ...noOutline, ...noRules, middle: '' },
  });
  table.push(...rows);
  return table.toString();
}
