import {
  type HistoryLine,
  type OperationEvent,
  parseHistoryLine,
} from '../../../src/testing/checkers/event-history.ts';

export type Loose = Readonly<Record<string, unknown>> & { readonly op: string };

/** Events one after the other, 10 ns each with a gap of 10, each by a process of its own, unless they say otherwise. */
export function events(...loose: readonly Loose[]): OperationEvent[] {
  return loose.map((event, at) => {
    const times = event['outcome'] === 'unknown' ? { end: null } : { end: 20 * at + 10 };
    const defaults = { process: `p${at}`, key: 'k', outcome: 'ok', start: 20 * at, ...times };
    return line({ ...defaults, ...event }) as OperationEvent;
  });
}

/** Checked as if it had been read from a file. */
export function line(loose: Loose): HistoryLine {
  return parseHistoryLine(JSON.stringify(loose));
}
