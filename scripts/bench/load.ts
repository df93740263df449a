export const scenarioNames = ['put', 'get', 'lock', 'hot-lock', 'watch', 'gap', 'sessions', 'waiters'] as const;
export type ScenarioName = (typeof scenarioNames)[number];

/** What clients do, in a closed loop: each starts its next operation when the last one is answered. */
export interface Load {
  readonly scenario: ScenarioName;
  /** Watchers in `watch`, beside one writer. */
  readonly clients: number;
  /** TCP connections that the clients share. */
  readonly connections: number;
  readonly valueBytes: number;
  /** Load that is not measured, before that which is. */
  readonly warmUpMs: number;
  /** New operations are begun for so long. */
  readonly measureMs: number;
  /** At most so many; undefined: as many as the time allows. */
  readonly operations?: number | undefined;
  /** `put` alone: so many keys are there before the load begins, and are overwritten at random; undefined: every put makes a key. */
  readonly keys?: number | undefined;
}

/**
 * As the loaders of all clusters print it. `ops` are hand-overs in `hot-lock` and `waiters`, delivered events in `watch`, puts in `gap`,
 * keep-alives in `sessions`.
 */
export interface Measurement {
  readonly scenario: ScenarioName;
  readonly clients: number;
  readonly connections: number;
  readonly value_size: number;
  readonly ops: number;
  readonly seconds: number;
  readonly ops_per_s: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly max_ms: number;
  /** `gap` alone: the longest time between two puts that succeeded. */
  readonly longest_gap_ms: number;
  /** Closed loops of Conclave that ran for three seconds or more: operations in the slowest second, to those in the median one. */
  readonly slowest_second?: number | undefined;
  /** Processor time, microseconds for each operation, of every process whose id the loader was given. */
  readonly cpu_us_per_op?: Readonly<Record<string, number>>;
  /** The same as a part of one core. */
  readonly cpu_percent?: Readonly<Record<string, number>>;
}

/** Keys of 8 bytes. */
export function keyOf(index: number): string {
  return String(index).padStart(8, '0');
}

const timeBytes = 20;

/** As every loader writes it: begins with its time of sending, in milliseconds; of the length asked for, if that is 20 or more. */
export function timedValue(nowMs: number, valueBytes: number): string {
  return nowMs.toFixed(6).padStart(timeBytes, '0').padEnd(valueBytes, 'v');
}

/** The time of sending of a `timedValue`. As every loader, it reads no more of the value. */
export function sentMsOf(value: Uint8Array): number {
  let text = '';
  for (let at = 0; at < timeBytes; at++) text += String.fromCharCode(value[at] ?? 0);
  return Number(text);
}
