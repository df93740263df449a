import type { OperationEvent } from './event-history.ts';
import { groupByObject } from './event-locks.ts';
import type { Finding } from './history.ts';
import { describe } from './structural-equality.ts';

/**
 * Checks that need no search: each looks for one kind of fault, in O(n log n), and names it. They stand where the search is undecided, and
 * say in plainer words what is wrong where it is not.
 */
export function checkEventOrder(events: readonly OperationEvent[], counters: 'exact' | 'rising' = 'exact'): Finding[] {
  const findings: Finding[] = [];
  checkProcesses(events, findings);
  checkProvenance(events, findings);
  const byObject = groupByObject(events);
  for (const ofObject of byObject.values()) {
    checkRising(ofObject, 'lock', findings);
    checkRising(ofObject, 'fenced-write', findings);
    checkRising(ofObject, 'next', findings);
    checkDrawn(ofObject, counters === 'exact', findings);
  }
  return findings;
}

/** Judgement of a history that contradicts itself is worth nothing. */
function checkProcesses(events: readonly OperationEvent[], findings: Finding[]): void {
  const busyUntil = new Map<string, number>();
  for (const event of events.toSorted((a, b) => a.start - b.start)) {
    const { process, start, end } = event;
    if (start < (busyUntil.get(process) ?? 0)) {
      const detail = `another operation of ${process} was under way, or was never answered: ${describe(event)}`;
      findings.push({ check: 'a process does one thing at a time', detail });
    }
    busyUntil.set(process, Math.max(busyUntil.get(process) ?? 0, end ?? Number.POSITIVE_INFINITY));
  }
}

/** Whatever is read was written, and not only by calls that reported that they have had no effect. */
function checkProvenance(events: readonly OperationEvent[], findings: Finding[]): void {
  const written = new Map<string, 'only by failed calls' | 'written'>();
  for (const event of events) {
    if (event.op !== 'put' && event.op !== 'cas' && event.op !== 'fenced-write') continue;
    const name = valueName(event, event.value);
    const refused = event.outcome === 'ok' && event.op !== 'put' && !event.result;
    if (event.outcome !== 'fail' && !refused) written.set(name, 'written');
    else if (!written.has(name)) written.set(name, 'only by failed calls');
  }
  for (const event of events) {
    if ((event.op !== 'get' && event.op !== 'fenced-read') || event.outcome !== 'ok' || event.result === null) continue;
    const source = written.get(valueName(event, event.result));
    if (source === undefined) findings.push({ check: 'what is read was written', detail: describe(event) });
    if (source === 'only by failed calls') findings.push({ check: 'honest failure', detail: describe(event) });
  }
}

/** Of two calls one after the other, the later one got the larger number: tokens of one lock, accepted tokens, drawn numbers. */
function checkRising(
  events: readonly OperationEvent[],
  op: 'lock' | 'fenced-write' | 'next',
  findings: Finding[],
): void {
  const numbered = events.flatMap((event) => {
    const number = event.op === op ? numberOf(event) : undefined;
    return number === undefined ? [] : [{ event, number, start: event.start, end: event.end ?? 0 }];
  });
  const byEnd = numbered.toSorted((a, b) => a.end - b.end);
  let ended = 0;
  let highest: (typeof numbered)[number] | undefined;
  for (const item of numbered.toSorted((a, b) => a.start - b.start)) {
    for (let next = byEnd[ended]; next !== undefined && next.end < item.start; next = byEnd[++ended]) {
      if (highest === undefined || next.number > highest.number) highest = next;
    }
    if (highest === undefined || item.number > highest.number) continue;
    if (item.number === highest.number && (op === 'fenced-write' || areShared(item.event, highest.event))) continue;
    findings.push({ check: risingChecks[op], detail: `${describe(highest.event)} then ${describe(item.event)}` });
  }
}

const risingChecks = {
  lock: 'tokens rise',
  'fenced-write': 'the resource is fenced',
  next: 'counter values are unique and rise',
} as const;

/** Undefined: it says nothing about the order. */
function numberOf(event: OperationEvent): bigint | undefined {
  if (event.outcome !== 'ok') return undefined;
  if (event.op === 'lock') return event.mode === 'permit' ? undefined : BigInt(event.token);
  if (event.op === 'fenced-write') return event.result ? BigInt(event.token) : undefined;
  return event.op === 'next' ? BigInt(event.result) : undefined;
}

/** They may belong to one period, which has one token. */
function areShared(...events: readonly OperationEvent[]): boolean {
  return events.every((event) => event.op === 'lock' && event.mode === 'shared');
}

/** No number was drawn twice, and, if none may be left out, all that are missing were drawn by calls that were never told. */
function checkDrawn(events: readonly OperationEvent[], exact: boolean, findings: Finding[]): void {
  const blocks: { readonly first: bigint; readonly last: bigint; readonly event: OperationEvent }[] = [];
  let untold = 0n;
  for (const event of events) {
    if (event.op !== 'next' || event.outcome === 'fail') continue;
    const count = BigInt(event.value ?? '1');
    if (event.outcome === 'unknown') {
      untold += count;
      continue;
    }
    const last = BigInt(event.result);
    blocks.push({ first: last - count + 1n, last, event });
  }
  blocks.sort((a, b) => (a.last < b.last ? -1 : 1));
  let missing = 0n;
  let before = 0n;
  for (const { first, last, event } of blocks) {
    if (first <= before) {
      const detail = `drawn before: ${describe(event)}`;
      findings.push({ check: 'counter values are unique and rise', detail });
    } else {
      missing += first - before - 1n;
    }
    before = last;
  }
  if (!exact || missing <= untold) return;
  const detail = `${events[0]?.key}: ${missing} numbers are missing, and at most ${untold} were drawn untold`;
  findings.push({ check: 'counter values are what was drawn', detail });
}

function valueName({ op, key }: OperationEvent, value: string): string {
  const kind = op === 'fenced-write' || op === 'fenced-read' ? 'resource' : 'key';
  return JSON.stringify([kind, key, value]);
}
