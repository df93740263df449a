import { z } from 'zod';

/**
 * A history as clients saw it, with nothing of the service's inside: what a run against real processes writes to disk, one JSON object
 * for each line.
 *
 * `{ process, op, key, value?, expected?, result?, token?, revision?, outcome, start, end }`
 *
 * - `process`: who called. It has one operation at a time, and goes on under a new name after one of unknown outcome.
 * - `outcome`: `ok`; `fail`: it surely had and will have no effect; `unknown`: it may have an effect at any time, or never.
 * - `start` and `end`: integers, nanoseconds since the run's start on one monotonic clock. `end` is null exactly if the outcome is
 *   `unknown`.
 * - `result` is there exactly if the outcome is `ok` and the operation has one.
 *
 * | `op`           | arguments                      | result                                                              |
 * |----------------|--------------------------------|---------------------------------------------------------------------|
 * | `get`          |                                | the value, or null if the key is absent                             |
 * | `put`          | `value`                        |                                                                     |
 * | `cas`          | `expected` (null: absent), `value` | whether it was set                                              |
 * | `delete`       |                                | whether something was there                                         |
 * | `next`         | `value`: how many (default 1)  | the last of the numbers drawn, a decimal                            |
 * | `lock`         | `mode`, `permits`, `others`    | `token`, `session`                                                  |
 * | `unlock`       | `token` (default: that of the process's last `lock` of the key), `mode`, `others` | false: it was lost; `heldUntil` |
 * | `force-unlock` | `token`                        | how many holds it ended                                             |
 * | `fenced-write` | `token`, `value`               | false: the token was refused                                        |
 * | `fenced-read`  |                                | the value last accepted, or null                                    |
 *
 * Of locks: `mode` is `shared` or `permit`, and absent if the lock is exclusive. Of `permits` permits, each has an id as its `token`.
 * `others`: several locks at once, of which `key` is the first. `session`: the one that holds it, if that is known. `heldUntil`: of a
 * hold that was lost, a moment at which its client still believed in it: it is the first to lose its trust, and may do so before the
 * lock is free. A `force-unlock` takes the lock, or the permit, from
 * whoever has it with that token; several locks at once, all of them.
 *
 * Keys are absent at first, counters 0, locks free, and the four kinds share no names. `revision` is what the answer named, if it did.
 *
 * What happens at one moment has `at` instead of `start` and `end`. A watch:
 *
 * - `watch-open`: `watch` (its name, unique in the history), `key`, `prefix` (whether `key` is the beginning of the keys that are
 *   watched), `from` (the first revision asked for; 0: from now), `revision` (the first that it will show).
 * - `watch-events`: `watch`, `revision`, `events`: all those of the revision, each `{ key, value, previous }` with null for absent.
 * - `watch-progress`: `watch`, `revision`: everything up to it has been delivered.
 * - `watch-resume`: `watch`, `from`, on another node or stream.
 * - `watch-end`: `watch`; with `error` and, if that is `COMPACTED`, `oldest`: the oldest revision that can still be had.
 *
 * A session:
 *
 * - `session-alive`: `session`, `ttl` in nanoseconds; at that time its client sent what was then answered with "alive".
 * - `session-lost`: `session`; its client stopped trusting it (or was killed). No promise of the session binds from then on.
 * - `session-closed`: `session`; its client asked for its end.
 * - `session-seen`: `session`, `alive`; an observation by anybody, that began at `start` and ended at `end`.
 * - `session-close-other`: `session`; from `start` to `end` another client asked for its end, and was told that it is over. `end` null: it
 *   was told nothing.
 * - `session-resumed`: `session`, `locks`; from `start` to `end` another program took it over, and was handed all that it held: each
 *   `{ process, key, token, mode?, others? }`, with the process that goes on with it.
 */
export type HistoryLine = OperationEvent | WatchEvent | SessionEvent;

const name = z.string().min(1);
const instant = z.int().min(0);
const revision = z.int().min(1);
const token = z.int().min(1);
const decimal = z.string().regex(/^(?:0|[1-9]\d*)$/);
const key = z.string();
const value = z.string();
const nullableValue = z.string().nullable();

function operation<Name extends string, Call extends z.ZodRawShape, Result extends z.ZodRawShape>(
  op: Name,
  call: Call,
  result: Result,
) {
  const base = { process: name, op: z.literal(op), key, ...call, start: instant };
  const error = z.string().optional();
  return z.discriminatedUnion('outcome', [
    z.strictObject({
      ...base,
      ...result,
      revision: revision.optional(),
      outcome: z.literal('ok'),
      end: instant,
    }),
    z.strictObject({ ...base, outcome: z.literal('fail'), end: instant, error }),
    z.strictObject({ ...base, outcome: z.literal('unknown'), end: z.null(), error }),
  ]);
}

const lockMode = z.enum(['shared', 'permit']).optional();
const otherLocks = z.array(key).min(1).optional();
const lockCall = { mode: lockMode, permits: z.int().min(1).optional(), others: otherLocks };
const unlockCall = { token: token.optional(), mode: lockMode, others: otherLocks };

const operationSchemas = {
  get: operation('get', {}, { result: nullableValue }),
  put: operation('put', { value }, {}),
  cas: operation('cas', { expected: nullableValue, value }, { result: z.boolean() }),
  delete: operation('delete', {}, { result: z.boolean() }),
  next: operation('next', { value: decimal.optional() }, { result: decimal }),
  lock: operation('lock', lockCall, { token, session: name.optional() }),
  unlock: operation('unlock', unlockCall, { result: z.boolean(), heldUntil: instant.optional() }),
  'force-unlock': operation('force-unlock', { token }, { result: z.int().min(0) }),
  'fenced-write': operation('fenced-write', { token, value }, { result: z.boolean() }),
  'fenced-read': operation('fenced-read', {}, { result: nullableValue }),
};

const watchBase = { process: name, watch: name, at: instant };
const change = z.strictObject({ key, value: nullableValue, previous: nullableValue });

const watchSchemas = {
  'watch-open': z.strictObject({
    ...watchBase,
    op: z.literal('watch-open'),
    key,
    prefix: z.boolean(),
    from: z.int().min(0),
    revision,
  }),
  'watch-events': z.strictObject({
    ...watchBase,
    op: z.literal('watch-events'),
    revision,
    events: z.array(change).min(1),
  }),
  'watch-progress': z.strictObject({ ...watchBase, op: z.literal('watch-progress'), revision: z.int().min(0) }),
  'watch-resume': z.strictObject({ ...watchBase, op: z.literal('watch-resume'), from: revision }),
  'watch-end': z.strictObject({
    ...watchBase,
    op: z.literal('watch-end'),
    error: z.string().optional(),
    oldest: revision.optional(),
  }),
};

const sessionBase = { process: name, session: name };

const sessionSchemas = {
  'session-alive': z.strictObject({
    ...sessionBase,
    op: z.literal('session-alive'),
    ttl: instant.min(1),
    at: instant,
  }),
  'session-lost': z.strictObject({ ...sessionBase, op: z.literal('session-lost'), at: instant }),
  'session-closed': z.strictObject({ ...sessionBase, op: z.literal('session-closed'), at: instant }),
  'session-seen': z.strictObject({
    ...sessionBase,
    op: z.literal('session-seen'),
    alive: z.boolean(),
    start: instant,
    end: instant,
  }),
  'session-close-other': z.strictObject({
    ...sessionBase,
    op: z.literal('session-close-other'),
    start: instant,
    end: instant.nullable(),
  }),
  'session-resumed': z.strictObject({
    ...sessionBase,
    op: z.literal('session-resumed'),
    locks: z.array(z.strictObject({ process: name, key, token, mode: lockMode, others: otherLocks })),
    start: instant,
    end: instant,
  }),
};

const schemas = { ...operationSchemas, ...watchSchemas, ...sessionSchemas };

export type OperationEvent = z.output<(typeof operationSchemas)[keyof typeof operationSchemas]>;
export type WatchEvent = z.output<(typeof watchSchemas)[keyof typeof watchSchemas]>;
export type SessionEvent = z.output<(typeof sessionSchemas)[keyof typeof sessionSchemas]>;
export type LockEvent = Extract<OperationEvent, { readonly op: 'lock' | 'unlock' | 'force-unlock' }>;
export type ResumptionEvent = Extract<SessionEvent, { readonly op: 'session-resumed' }>;
/** A lock that a program was handed with a session that it resumed. */
export type ResumedLock = ResumptionEvent['locks'][number];

/** A line is not of this format; the message says where and why. */
export class EventHistoryError extends Error {
  override readonly name = 'EventHistoryError';
  readonly code = 'EVENT_HISTORY';
}

/** @throws EventHistoryError */
export function parseHistoryLine(text: string): HistoryLine {
  const json = parseJson(text);
  const op = typeof json === 'object' && json !== null && 'op' in json ? json.op : undefined;
  if (typeof op !== 'string' || !Object.hasOwn(schemas, op)) {
    throw new EventHistoryError(`op: ${JSON.stringify(op)} is none of ${Object.keys(schemas).join(', ')}`);
  }
  const parsed = schemas[op as keyof typeof schemas].safeParse(json);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.') || op}: ${message}`);
    throw new EventHistoryError(problems.join('; '));
  }
  const line: HistoryLine = parsed.data;
  if ('end' in line && line.end !== null && line.end < line.start) {
    throw new EventHistoryError(`end: ${line.end} is before start, ${line.start}`);
  }
  return line;
}

/** NDJSON; empty lines are skipped. @throws EventHistoryError with the number of the line */
export function parseHistory(text: string): HistoryLine[] {
  const lines: HistoryLine[] = [];
  for (const [at, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    try {
      lines.push(parseHistoryLine(line));
    } catch (error) {
      if (!(error instanceof EventHistoryError)) throw error;
      throw new EventHistoryError(`line ${at + 1}: ${error.message}`, { cause: error });
    }
  }
  return lines;
}

/** Each line with its end, as `parseHistory` reads it. */
export function formatHistory(lines: Iterable<HistoryLine>): string {
  let text = '';
  for (const line of lines) text += `${JSON.stringify(line)}\n`;
  return text;
}

export function isOperationEvent(line: HistoryLine): line is OperationEvent {
  return Object.hasOwn(operationSchemas, line.op);
}

export function isWatchEvent(line: HistoryLine): line is WatchEvent {
  return Object.hasOwn(watchSchemas, line.op);
}

export function isSessionEvent(line: HistoryLine): line is SessionEvent {
  return Object.hasOwn(sessionSchemas, line.op);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new EventHistoryError(`not JSON: ${String(error)}`, { cause: error });
  }
}
