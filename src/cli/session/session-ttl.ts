import { InvalidArgumentError } from 'commander';
import { limits } from '../../wire/limits.ts';
import { parseDuration } from '../duration.ts';

/** The time to live of a session. @throws InvalidArgumentError */
export function parseTtl(text: string): number {
  const { sessionTtlMsLow, sessionTtlMsHigh } = limits;
  const ttlMs = parseDuration(text);
  if (ttlMs >= sessionTtlMsLow && ttlMs <= sessionTtlMsHigh) return ttlMs;
  const [shortest, longest] = [`${sessionTtlMsLow}ms`, `${sessionTtlMsHigh / 3_600_000}h`];
  throw new InvalidArgumentError(`It is at least ${shortest} and at most ${longest}.`);
}
