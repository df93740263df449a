import type { OperationEvent, SessionEvent } from '../../checkers/event-history.ts';
import type { HistoryRecorder } from '../history/history-recorder.ts';
import type { OperationCall, OperationOutcome } from './worker-messages.ts';

export interface OperationCounts {
  readonly ok: number;
  readonly fail: number;
  readonly unknown: number;
}

/** How long ended operations are kept for the throughput. */
const keptMs = 60_000;

/** Counts operations, and knows which keys are new. */
export class OperationTotals {
  readonly #counts = { ok: 0, fail: 0, unknown: 0 };
  readonly #okAtMs: number[] = [];

  add(outcome: OperationEvent['outcome']): void {
    this.#counts[outcome] += 1;
    if (outcome !== 'ok') return;
    const nowMs = performance.now();
    this.#okAtMs.push(nowMs);
    if ((this.#okAtMs[0] ?? nowMs) >= nowMs - 2 * keptMs) return;
    this.#okAtMs.splice(
      0,
      this.#okAtMs.findIndex((atMs) => atMs >= nowMs - keptMs),
    );
  }

  get counts(): OperationCounts {
    return { ...this.#counts };
  }

  /** Operations per second that succeeded within the last `windowMs`, at most 60,000. */
  throughput(windowMs: number): number {
    const sinceMs = performance.now() - windowMs;
    let count = 0;
    for (let at = this.#okAtMs.length - 1; at >= 0 && (this.#okAtMs[at] ?? 0) >= sinceMs; at--) count += 1;
    return (count * 1_000) / windowMs;
  }
}

interface Begun {
  readonly process: string;
  readonly call: OperationCall;
  readonly start: number;
}

/** What one worker has begun and not ended, and what it believes of its sessions. */
export class OperationBook {
  readonly #recorder: HistoryRecorder;
  readonly #totals: OperationTotals;
  readonly #begun = new Map<number, Begun>();
  /** By session: the end of what its client was promised. */
  readonly #promised = new Map<string, number>();
  readonly #lockers = new Set<string>();

  constructor(recorder: HistoryRecorder, totals: OperationTotals) {
    this.#recorder = recorder;
    this.#totals = totals;
  }

  get open(): readonly Begun[] {
    return [...this.#begun.values()];
  }

  begin(id: number, begun: Begun): void {
    this.#begun.set(id, begun);
    if (begun.call.op === 'lock') this.#lockers.add(begun.process);
  }

  end(id: number, how: OperationOutcome): void {
    const begun = this.#begun.get(id);
    if (begun === undefined) throw new Error(`operation ${id} ended without a beginning`);
    this.#begun.delete(id);
    this.#record(begun, how);
  }

  noteSession(line: SessionEvent): void {
    if (line.op === 'session-alive') this.#promised.set(line.session, line.at + line.ttl);
    else if (line.op === 'session-lost' || line.op === 'session-closed') this.#promised.delete(line.session);
  }

  /** The worker was ended at that time, and all that it had posted has been taken. */
  abandon(at: number): void {
    for (const begun of this.#begun.values()) {
      this.#record(begun, { outcome: 'unknown', error: 'the process was killed' });
    }
    this.#begun.clear();
    for (const [session, promisedUntil] of this.#promised) {
      for (const process of ['killed', ...this.#lockers]) {
        // It may have been stalled, and its trust over, before.
        this.#recorder.record({ process, op: 'session-lost', session, at: Math.min(at, promisedUntil) });
      }
    }
    this.#promised.clear();
    this.#lockers.clear();
  }

  #record({ process, call, start }: Begun, how: OperationOutcome): void {
    this.#totals.add(how.outcome);
    const called = { process, ...call };
    const line =
      how.outcome === 'ok'
        ? { ...called, ...how.answer, outcome: how.outcome, start, end: how.end }
        : { ...called, outcome: how.outcome, start, end: how.outcome === 'fail' ? how.end : null, error: how.error };
    this.#recorder.record(line as OperationEvent);
  }
}
