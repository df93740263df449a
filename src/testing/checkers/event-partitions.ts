import type { OperationEvent, ResumptionEvent } from './event-history.ts';
import { eventLockOperations, groupByObject } from './event-locks.ts';
import { type CounterOperation, drawnCounterModel, risingCounterModel } from './models/counter.ts';
import {
  type FencedRegisterOperation,
  fencedRegisterFootprint,
  fencedRegisterModel,
} from './models/fenced-register.ts';
import { type Cell, CellTable, type RegisterOperation, registerFootprint, registerModel } from './models/register.ts';
import { settleUnanswered } from './models/unanswered-writes.ts';
import { type Partition, partitionOf } from './partition.ts';
import type { TimedOperation } from './wgl/model.ts';

export interface EventPartitionOptions {
  /** `exact`: numbers are drawn without a hole; `rising`: they are unique and rise. Default `exact`. */
  readonly counters?: 'exact' | 'rising' | undefined;
  /**
   * When a lock's hold may end by itself. `any`: at any time, as every hold under a lease may; `declared`: only if its process has
   * reported in the history that it lost its session. Default `any`.
   */
  readonly leases?: 'any' | 'declared' | undefined;
  /** The processes of which that is reported. */
  readonly lostProcesses?: ReadonlySet<string> | undefined;
  /** Of sessions, with the locks that were handed over. */
  readonly resumptions?: readonly ResumptionEvent[] | undefined;
}

/** The history of each key, counter, lock and fenced resource, for the search. What failed is left out: it must not show. */
export function* eventPartitions(
  events: readonly OperationEvent[],
  { counters = 'exact', leases = 'any', lostProcesses = new Set(), resumptions = [] }: EventPartitionOptions = {},
): IterableIterator<Partition> {
  for (const [kind, byName] of groupEvents(events, resumptions)) {
    for (const [name, ofObject] of byName) {
      switch (kind) {
        case 'key':
          yield partitionOf(kind, name, keyOperations(ofObject), registerModel);
          break;
        case 'counter': {
          const operations = counterOperations(ofObject, counters === 'exact');
          yield partitionOf(kind, name, operations, counters === 'exact' ? drawnCounterModel : risingCounterModel);
          break;
        }
        case 'lock': {
          if (ofObject.some(isOfPermit)) break;
          const isLeased = (process: string): boolean => leases === 'any' || lostProcesses.has(process);
          const { operations, model } = eventLockOperations(ofObject, name, isLeased, resumptions);
          yield partitionOf(kind, name, operations, model);
          break;
        }
        case 'fenced resource':
          yield partitionOf(kind, name, fencedOperations(ofObject), fencedRegisterModel);
          break;
      }
    }
  }
}

export function objectKind(op: OperationEvent['op']): Partition['kind'] {
  switch (op) {
    case 'get':
    case 'put':
    case 'cas':
    case 'delete':
      return 'key';
    case 'next':
      return 'counter';
    case 'lock':
    case 'unlock':
    case 'force-unlock':
      return 'lock';
    case 'fenced-write':
    case 'fenced-read':
      return 'fenced resource';
  }
}

/** When an event was under way; one that was never answered has no end. */
export function timedEvent<Operation>(
  source: OperationEvent,
  operation: Operation,
  group?: string,
): TimedOperation<Operation> {
  return { operation, start: source.start, end: source.end ?? Number.POSITIVE_INFINITY, group, source };
}

function groupEvents(
  events: readonly OperationEvent[],
  resumptions: readonly ResumptionEvent[],
): ReadonlyMap<Partition['kind'], ReadonlyMap<string, readonly OperationEvent[]>> {
  const kinds = new Map<Partition['kind'], OperationEvent[]>();
  for (const event of events) {
    const kind = objectKind(event.op);
    const ofKind = kinds.get(kind);
    if (ofKind === undefined) kinds.set(kind, [event]);
    else ofKind.push(event);
  }
  return new Map([...kinds].map(([kind, ofKind]) => [kind, groupByObject(ofKind, resumptions)]));
}

/** Permits are held beside each other, and nothing orders them: see `checkEventHolds`. */
function isOfPermit(event: OperationEvent): boolean {
  return (event.op === 'lock' || event.op === 'unlock') && event.mode === 'permit';
}

function keyOperations(events: readonly OperationEvent[]): readonly TimedOperation<RegisterOperation>[] {
  const cells = new CellTable();
  const asked = valuesAskedAbout(events);
  const cellOf = (value: string): Cell => cells.cell(asked.has(value) ? value : undefined);
  const operations: TimedOperation<RegisterOperation>[] = [];
  for (const event of events) {
    const operation = keyOperation(event, cellOf);
    if (operation !== undefined) operations.push(timedEvent(event, operation, groupOf(event, operation)));
  }
  return settleUnanswered(operations, registerFootprint);
}

/** All others are one like the other. */
function valuesAskedAbout(events: readonly OperationEvent[]): ReadonlySet<string | null> {
  const asked = new Set<string | null>();
  for (const event of events) {
    if (event.op === 'cas') asked.add(event.expected);
    if ((event.op === 'get' || event.op === 'fenced-read') && event.outcome === 'ok') asked.add(event.result);
  }
  return asked;
}

function keyOperation(event: OperationEvent, cellOf: (value: string) => Cell): RegisterOperation | undefined {
  if (event.outcome === 'fail') return undefined;
  switch (event.op) {
    case 'get':
      return event.outcome === 'ok' ? [{ kind: 'is', value: event.result }] : undefined;
    case 'put':
      return [{ kind: 'set', cell: cellOf(event.value) }];
    case 'cas': {
      const { expected, value } = event;
      if (event.outcome === 'ok' && !event.result) return [{ kind: 'isNot', value: expected }];
      return [
        { kind: 'is', value: expected },
        { kind: 'set', cell: cellOf(value) },
      ];
    }
    case 'delete':
      if (event.outcome === 'unknown') return [{ kind: 'clear' }];
      return event.result ? [{ kind: 'isNot', value: null }, { kind: 'clear' }] : [{ kind: 'is', value: null }];
    default:
      return undefined;
  }
}

/** Two deletions that were never answered are one like the other, and so are two writes of one content. */
function groupOf(event: OperationEvent, operation: RegisterOperation): string | undefined {
  return event.outcome === 'unknown' ? JSON.stringify(operation) : undefined;
}

function counterOperations(
  events: readonly OperationEvent[],
  exact: boolean,
): readonly TimedOperation<CounterOperation>[] {
  const operations: TimedOperation<CounterOperation>[] = [];
  for (const event of events) {
    if (event.op !== 'next' || event.outcome === 'fail') continue;
    // Where numbers may be left out, a draw of which nobody learned them explains nothing.
    if (event.outcome === 'unknown' && !exact) continue;
    const count = BigInt(event.value ?? '1');
    const last = event.outcome === 'ok' ? BigInt(event.result) : undefined;
    operations.push(timedEvent(event, { kind: 'add', count, last }, String(count)));
  }
  return operations;
}

function fencedOperations(events: readonly OperationEvent[]): readonly TimedOperation<FencedRegisterOperation>[] {
  const asked = valuesAskedAbout(events);
  const operations: TimedOperation<FencedRegisterOperation>[] = [];
  for (const event of events) {
    if (event.outcome === 'fail') continue;
    if (event.op === 'fenced-write') {
      const { token } = event;
      const value = asked.has(event.value) ? event.value : undefined;
      const refused = event.outcome === 'ok' && !event.result;
      const operation: FencedRegisterOperation = refused
        ? { kind: 'refused', token }
        : { kind: 'accepted', token, value };
      operations.push(timedEvent(event, operation, JSON.stringify([token, value])));
    }
    if (event.op === 'fenced-read' && event.outcome === 'ok') {
      operations.push(timedEvent(event, { kind: 'read', value: event.result }));
    }
  }
  return settleUnanswered(operations, fencedRegisterFootprint);
}
