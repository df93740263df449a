/** How long something took, to be read at a glance: `0.31ms`, `4.2ms`, `130ms`, `1.2s`. */
export function formatMilliseconds(durationMs: number): string {
  if (durationMs < 0.995) return `${durationMs.toFixed(2)}ms`;
  if (durationMs < 9.95) return `${durationMs.toFixed(1)}ms`;
  return durationMs < 999.5 ? `${Math.round(durationMs)}ms` : `${(durationMs / 1_000).toFixed(1)}s`;
}
