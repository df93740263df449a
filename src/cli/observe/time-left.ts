/** Time that is left, to be read at a glance: `850ms`, `7.2s`, `3m 07s`, `23h 59m`. */
export function formatTimeLeft(leftMs: number): string {
  const milliseconds = Math.max(0, Math.round(leftMs));
  if (milliseconds < 1_000) return `${milliseconds}ms`;
  // What would be rounded to sixty is one of the next unit.
  if (milliseconds < 59_950) return `${(milliseconds / 1_000).toFixed(1)}s`;
  const seconds = Math.round(milliseconds / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m ${String(seconds % 60).padStart(2, '0')}s`;
  return `${Math.floor(seconds / 3_600)}h ${String(Math.floor((seconds % 3_600) / 60)).padStart(2, '0')}m`;
}
