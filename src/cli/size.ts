const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** Bytes, to be read at a glance: `300 B`, `1.2 KiB`, `16 MiB`. */
export function formatSize(bytes: number): string {
  let size = bytes;
  let unit = 0;
  // What would be rounded to 1024 is one of the next unit.
  while (size >= 1023.5 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  const digits = unit > 0 && size < 9.95 ? size.toFixed(1).replace(/\.0$/, '') : String(Math.round(size));
  return `${digits} ${units[unit]}`;
}

const written = /^(\d+)(?:\s*(B|KiB|MiB|GiB|TiB))?$/i;

/** As somebody writes it: `512MiB`, `2GiB`, `1048576`. Undefined if it is none. */
export function parseSize(text: string): number | undefined {
  const match = written.exec(text);
  if (match === null) return undefined;
  const unit = units.findIndex((name) => name.toLowerCase() === (match[2] ?? 'B').toLowerCase());
  return Number(match[1]) * 1024 ** unit;
}
