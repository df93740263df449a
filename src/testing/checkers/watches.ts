import { emptyBytes, keyString, utf8Bytes } from '../../wire/bytes.ts';
import type { WireEntry } from '../../wire/result.ts';
import type { WatchTarget, WireObjectEvent } from '../../wire/watch.ts';
import type { Finding, WatchDelivery, WatchedEvent, WatchedKeyEvent, WatchRecord } from './history.ts';
import { inRange } from './linearizability.ts';
import type { ReferenceLog } from './reference-log.ts';
import { describe, sameStructure } from './structural-equality.ts';

/**
 * Watch fidelity: over all streams on which it was resumed, a watch has delivered exactly the log's events that its
 * target selects, in the form that it asks for, from its start on: in order, once, without a gap, each revision whole. With
 * `complete`, it must have reached the end of the log.
 */
export function checkWatches(watches: readonly WatchRecord[], log: ReferenceLog, complete: boolean): Finding[] {
  const findings: Finding[] = [];
  for (const watch of watches) checkWatch(watch, log, complete, findings);
  return findings;
}

/** Nothing in its range is left to be delivered. */
export function reachesEnd(watch: WatchRecord, log: ReferenceLog): boolean {
  if (watch.startRevision === 0) return false;
  const told = Math.max(watch.startRevision - 1, ...watch.deliveries.slice(-1).map(({ revision }) => revision));
  return firstMatch(watch, log, told + 1, log.revision) === undefined;
}

function checkWatch(watch: WatchRecord, log: ReferenceLog, complete: boolean, findings: Finding[]): void {
  const find = (check: string, detail: string): void => {
    findings.push({ check, detail: `${watch.client} from ${watch.startRevision}: ${detail}` });
  };
  const { startRevision, deliveries } = watch;
  if (startRevision === 0) {
    if (deliveries.length > 0) find('watch says where it starts', describe(deliveries[0]));
    if (complete && !watch.ended) find('watch is answered', describe(watch));
    return;
  }
  if (watch.fromRevision !== 0 && startRevision !== watch.fromRevision) {
    find('watch starts where asked', `asked from ${watch.fromRevision}`);
  }
  if (watch.fromRevision === 0 && startRevision <= watch.seenRevision) {
    find('watch from now starts after what was seen', `seen ${watch.seenRevision}`);
  }
  let next = startRevision;
  for (const delivery of deliveries) {
    const last = delivery.kind === 'events' ? delivery.revision - 1 : delivery.revision;
    if (delivery.kind === 'events' && delivery.revision < next) {
      find('watch is ordered and unique', `revision ${delivery.revision} after ${next - 1}`);
      return;
    }
    if (delivery.revision > log.revision) {
      find('watch shows the log', `revision ${delivery.revision} is beyond ${log.revision}`);
      return;
    }
    const missed = firstMatch(watch, log, next, last);
    if (missed !== undefined) {
      find('watch is gap-free', `revision ${missed} is missing before ${describe(delivery)}`);
      return;
    }
    if (delivery.kind === 'events') checkEvents(watch, delivery, log, find);
    next = Math.max(next, delivery.revision + 1);
  }
  const undelivered = complete && !watch.ended ? firstMatch(watch, log, next, log.revision) : undefined;
  if (undelivered !== undefined) find('watch reaches the end', `revision ${undelivered} never came`);
}

function checkEvents(
  watch: WatchRecord,
  delivery: WatchDelivery,
  log: ReferenceLog,
  find: (check: string, detail: string) => void,
): void {
  const expected = matching(watch.target, log, delivery.revision);
  if (!sameStructure(expected, delivery.events)) {
    find('watch events equal the log', `log says ${describe(expected)}, delivered ${describe(delivery)}`);
  }
}

function firstMatch({ target }: WatchRecord, log: ReferenceLog, from: number, to: number): number | undefined {
  for (let revision = from; revision <= Math.min(to, log.revision); revision++) {
    if (matching(target, log, revision).length > 0) return revision;
  }
  return undefined;
}

/** What a watch is to be told of a revision. */
function matching(target: WatchTarget, log: ReferenceLog, revision: number): readonly WatchedEvent[] {
  if (target.kind === 'keys') {
    return log
      .events(revision)
      .filter(({ type, key }) => inRange(target.range, key) && (target.events === 'all' || target.events === type))
      .map((event) => shownTo(target, event));
  }
  return log
    .objectEvents(revision)
    .filter((event) => kindOf[event.type] === target.kind && inRange(target.range, nameOf(event)));
}

const kindOf = { lock: 'locks', counter: 'counters', session: 'sessions' } as const;

function nameOf(event: WireObjectEvent): string {
  return keyString(utf8Bytes(event.type === 'session' ? String(event.sessionId) : event.name));
}

function shownTo({ keysOnly, withoutPrevious }: WatchTarget, event: WatchedKeyEvent): WatchedKeyEvent {
  const show = (entry: unknown): unknown =>
    keysOnly && entry !== undefined ? { ...(entry as WireEntry), value: emptyBytes } : entry;
  const previous = withoutPrevious ? undefined : show(event.previous);
  return { ...event, entry: show(event.entry), previous };
}
