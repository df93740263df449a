import { formatMilliseconds } from '../observe/milliseconds.ts';
import type { Evidence, VitalsPair } from './evidence.ts';
import { type Finding, type Level, levelOf, overMembers } from './finding.ts';

/** Nothing depends on it but the reading of logs. */
const offsetWarningMs = 1_000;

/** How the clocks of the nodes go, against those of this machine; only what is more than the measuring can have been wrong counts. */
export function clockFindings({ vitals }: Evidence): readonly Finding[] {
  return [
    ...overMembers(
      'clock-rate',
      [...vitals].flatMap(([member, pair]) => {
        // It belongs to no cluster yet, and so there is no bound.
        if (pair.second.vitals.leaseMs === 0) return [];
        const { deviation, uncertainty } = clockRate(pair);
        const bound = pair.second.vitals.clockDriftPermille / 1_000;
        const surely = Math.max(0, Math.abs(deviation) - uncertainty);
        const level = levelOf(surely, bound / 2, bound);
        const measured = `${percent(deviation)} against this machine, measured to ${percent(uncertainty)}`;
        const detail = `${measured}; the cluster bears ${percent(bound)}`;
        return [{ member, level, value: surely, detail }];
      }),
    ),
    ...overMembers(
      'clock-offset',
      [...vitals].map(([member, { second }]) => {
        const offsetMs = second.vitals.wallClockMs - second.atWallClockMs;
        const surelyMs = Math.max(0, Math.abs(offsetMs) - second.roundTripMs / 2);
        const level: Level = surelyMs > offsetWarningMs ? 'warning' : 'ok';
        const direction = offsetMs < 0 ? 'behind' : 'ahead of';
        const detail = `${formatMilliseconds(Math.abs(offsetMs))} ${direction} this machine`;
        return { member, level, value: surelyMs, detail };
      }),
    ),
  ];
}

/** By how much the monotonic clock goes faster than that of this machine, and by how much that may be wrong; 0.1 is ten per cent. */
export function clockRate({ first, second }: VitalsPair): { readonly deviation: number; readonly uncertainty: number } {
  const elapsedMs = second.atMonotonicMs - first.atMonotonicMs;
  const deviation = (second.vitals.monotonicMs - first.vitals.monotonicMs) / elapsedMs - 1;
  return { deviation, uncertainty: (first.roundTripMs + second.roundTripMs) / 2 / elapsedMs };
}

function percent(part: number): string {
  const text = (part * 100).toFixed(1);
  return `${text === '-0.0' ? '0.0' : text} %`;
}
