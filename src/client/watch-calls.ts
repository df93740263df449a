import { limits as serviceLimits } from '../wire/limits.ts';
import type { ReadBody } from '../wire/operation.ts';
import type { Result } from '../wire/result.ts';
import { everything, type KeyEventFilter, type WatchTarget } from '../wire/watch.ts';
import { booleanOf, type CallLimits, callLimits, keyRangeOf, kindOf, nameOf, revisionOf } from './arguments.ts';
import type { Driver } from './driver.ts';
import { ConclaveError, invalidArgument } from './error.ts';
import { unexpected } from './transaction.ts';
import type { Selector } from './types.ts';
import { Waiting } from './waiting.ts';
import { type AnyEvent, lockEventOf } from './watch-batch.ts';
import { WatchHandle } from './watch-handle.ts';
import type {
  CounterEvent,
  LockEvent,
  NameSelector,
  ObjectWatchOptions,
  SessionEvent,
  SessionWatchOptions,
  Watch,
  WatchBatch,
  WatchEvent,
  WatchOptions,
  WatchStart,
} from './watch-types.ts';

/** Reads what there is, to be told before the changes. */
type Present<Event extends AnyEvent> = (limits: CallLimits) => Promise<WatchBatch<Event>>;

export async function watchKeys(driver: Driver, what: Selector, options: WatchOptions | undefined): Promise<Watch> {
  const target: WatchTarget = {
    kind: 'keys',
    range: keyRangeOf(what),
    events: filterOf(options?.events),
    keysOnly: booleanOf(options?.keysOnly, 'keysOnly'),
    withoutPrevious: options?.previous !== undefined && !booleanOf(options.previous, 'previous'),
  };
  return await open<WatchEvent>(driver, target, options);
}

export async function watchLocks(
  driver: Driver,
  what: NameSelector,
  options: ObjectWatchOptions | undefined,
): Promise<Watch<LockEvent>> {
  const target = { ...everything, kind: 'locks', range: nameRangeOf(what, 'the name of a lock') } as const;
  const name = presentName(what, options);
  if (name === undefined) return await open<LockEvent>(driver, target, options);
  return await openWithPresent<LockEvent>(driver, target, options, async (limits) => {
    const inspect = {
      kind: 'lockInspect',
      name,
      consistency: 'linearizable',
      limit: serviceLimits.lockEventHolders,
    } as const;
    const { revision, body } = await read(driver, inspect, limits);
    if (body.kind !== 'lockDetails') throw unexpected('a lock', body.kind);
    return { revision, events: [lockEventOf({ name, state: body })], initial: true };
  });
}

export async function watchCounters(
  driver: Driver,
  what: NameSelector,
  options: ObjectWatchOptions | undefined,
): Promise<Watch<CounterEvent>> {
  const target = { ...everything, kind: 'counters', range: nameRangeOf(what, 'the name of a counter') } as const;
  const name = presentName(what, options);
  if (name === undefined) return await open<CounterEvent>(driver, target, options);
  return await openWithPresent<CounterEvent>(driver, target, options, async (limits) => {
    const { revision, body } = await read(driver, { kind: 'counterGet', name, consistency: 'linearizable' }, limits);
    if (body.kind !== 'counterValue') throw unexpected('the value of a counter', body.kind);
    const { value } = body;
    return { revision, events: [{ type: 'counter', name, value, previous: value }], initial: true };
  });
}

export async function watchSessions(
  driver: Driver,
  options: SessionWatchOptions | undefined,
): Promise<Watch<SessionEvent>> {
  const range = keyRangeOf(options?.id === undefined ? { prefix: '' } : sessionIdOf(options.id));
  return await open<SessionEvent>(driver, { ...everything, kind: 'sessions', range }, options);
}

async function open<Event extends AnyEvent>(
  driver: Driver,
  target: WatchTarget,
  options: WatchStart | undefined,
): Promise<WatchHandle<Event>> {
  const fromRevision = revisionOf(options?.fromRevision, 'fromRevision');
  const progress = booleanOf(options?.progress, 'progress');
  const limits = callLimits(options, Number.POSITIVE_INFINITY);
  const watchId = driver.newCallId();
  const watch = new WatchHandle<Event>(driver, watchId);
  try {
    const request = { kind: 'watch', target, fromRevision, progress } as const;
    const { startRevision } = await driver.call<'watching'>(request, limits, watchId);
    watch.start(startRevision, limits.signal);
    return watch;
  } catch (error) {
    driver.closeWatch(watchId);
    throw error;
  }
}

/** What was read at one revision, and then every change from the next one on. */
async function openWithPresent<Event extends AnyEvent>(
  driver: Driver,
  target: WatchTarget,
  options: ObjectWatchOptions | undefined,
  present: Present<Event>,
): Promise<Watch<Event>> {
  const waiting = new Waiting('opening the watch', callLimits(options, Number.POSITIVE_INFINITY));
  try {
    for (;;) {
      const before = await present(waiting.limits());
      const start = { ...waiting.limits(), fromRevision: before.revision + 1, progress: options?.progress };
      const watch = await open<Event>(driver, target, start).catch(unlessCompacted);
      if (watch === undefined) continue;
      watch.onPresent(before);
      return watch;
    }
  } finally {
    waiting.end();
  }
}

/** History may be compacted between the read and the watch: then both are done again. */
function unlessCompacted(error: unknown): undefined {
  if (!(error instanceof ConclaveError) || error.code !== 'COMPACTED') throw error;
  return undefined;
}

async function read(driver: Driver, body: ReadBody, limits: CallLimits): Promise<Result> {
  const { result } = await driver.call<'result'>({ kind: 'read', body }, limits);
  return result;
}

function presentName(what: NameSelector, options: ObjectWatchOptions | undefined): string | undefined {
  if (!booleanOf(options?.initial, 'initial')) return undefined;
  if (typeof what !== 'string') throw invalidArgument('initial is for one name, not for a prefix');
  if (options?.fromRevision !== undefined) throw invalidArgument('a watch has either initial or fromRevision');
  return what;
}

function nameRangeOf(what: NameSelector, meaning: string) {
  if (typeof what !== 'object' || what === null || !('prefix' in what)) return keyRangeOf(nameOf(what, meaning));
  return keyRangeOf({ prefix: nameOf(what.prefix, 'prefix') });
}

function sessionIdOf(id: unknown): string {
  if (typeof id === 'string' && /^[1-9][0-9]*$/.test(id)) return id;
  throw invalidArgument(`the id of a session is one that a session has had, not ${String(id)}`);
}

function filterOf(events: unknown): KeyEventFilter {
  if (events === undefined) return 'all';
  if (events === 'put' || events === 'delete') return events;
  throw invalidArgument(`events is 'put' or 'delete', not ${typeof events === 'string' ? events : kindOf(events)}`);
}
