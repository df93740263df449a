import type { ResultBody } from '../../../wire/result.ts';
import type { OperationRecord } from '../history.ts';
import type { TimedOperation } from '../wgl/model.ts';

/** Errors that replicated state answers, or a node without asking it, when an operation has had no effect. */
const withoutEffect: ReadonlySet<string> = new Set([
  'COUNTER_OVERFLOW',
  'QUOTA_EXCEEDED',
  'COMPACTED',
  'FUTURE_REVISION',
  'KEY_EXISTS',
]);

/** `answer` undefined: it may have taken effect at any time, or never. */
export interface PossibleEffect {
  readonly record: OperationRecord;
  readonly answer: ResultBody | undefined;
  readonly revision: number;
  readonly start: number;
  readonly end: number;
}

/** Undefined: it surely had none. An error that does not say so is taken for no answer. */
export function possibleEffect(record: OperationRecord): PossibleEffect | undefined {
  const { outcome, callUs: start } = record;
  if (outcome.kind === 'notApplied') return undefined;
  const unanswered = { record, answer: undefined, revision: 0, start, end: Number.POSITIVE_INFINITY };
  if (outcome.kind === 'unknown') return unanswered;
  const { body: answer, revision, returnUs: end } = outcome;
  if (answer.kind !== 'error') return { record, answer, revision, start, end };
  return withoutEffect.has(answer.code) ? undefined : unanswered;
}

export function timedEffect<Operation>(
  { start, end, record: source }: PossibleEffect,
  operation: Operation,
  group?: string,
): TimedOperation<Operation> {
  return { operation, start, end, group, source };
}

/** Adds to the list of that name. */
export function addTo<T>(lists: Map<string, T[]>, name: string, item: T): void {
  const list = lists.get(name);
  if (list === undefined) lists.set(name, [item]);
  else list.push(item);
}
