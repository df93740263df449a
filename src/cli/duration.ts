import { InvalidArgumentError } from 'commander';

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** The longest delay that a timer takes. */
const longestMs = 2 ** 31 - 1;

/**
 * Milliseconds from `500ms`, `3s`, `1.5s`, `2m`, `1h`: at least one millisecond, at most 24 days.
 * @throws InvalidArgumentError
 */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  const unit = unitMs[match?.[2] ?? ''];
  if (match === null || unit === undefined) {
    throw new InvalidArgumentError('A duration is a number with its unit: 500ms, 3s, 2m.');
  }
  const durationMs = Math.round(Number(match[1]) * unit);
  if (durationMs < 1 || durationMs > longestMs) {
    throw new InvalidArgumentError('A duration is at least 1ms and at most 24 days.');
  }
  return durationMs;
}

/** The largest unit that says it exactly, for messages. */
export function formatDuration(durationMs: number): string {
  const milliseconds = Math.round(durationMs);
  if (milliseconds === 0 || milliseconds % 1_000 !== 0) return `${milliseconds}ms`;
  return milliseconds % 60_000 === 0 ? `${milliseconds / 60_000}m` : `${milliseconds / 1_000}s`;
}

/** How long a process has been up, to be read at a glance: `42s`, `3m 07s`, `5h 12m`, `9d 4h`. */
export function formatUptime(seconds: number): string {
  const whole = Math.floor(seconds);
  if (whole < 60) return `${whole}s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)}m ${String(whole % 60).padStart(2, '0')}s`;
  const hours = Math.floor(whole / 3_600);
  if (hours < 24) return `${hours}h ${String(Math.floor((whole % 3_600) / 60)).padStart(2, '0')}m`;
  return `${Math.floor(hours / 24)}d ${hours % 24}h`;
}
