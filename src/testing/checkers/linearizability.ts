import { emptyBytes, keyString } from '../../wire/bytes.ts';
import { limits } from '../../wire/limits.ts';
import type { KeyRange, ReadBody } from '../../wire/operation.ts';
import { isReadBody } from '../../wire/operation-kind.ts';
import type { ResultBody, WireEntry } from '../../wire/result.ts';
import type { Finding, OperationRecord } from './history.ts';
import type { AppliedOperation, ReferenceLog } from './reference-log.ts';
import { sessionListAt, sessionStateAt } from './reference-session-info.ts';
import { describe, sameStructure } from './structural-equality.ts';

/**
 * Linearizability, with the revision as the witness of the order: every answer names the revision at which it took
 * effect, so that instead of searching for an order it is enough to check the one that the service claims, in O(n log n).
 *
 * 1. Each command that was answered is in the log, once, with that revision and that result. One that was reported as not applied
 *    has had no effect there: it is not in the log, or was answered with an error.
 * 2. Each read shows the state at its revision.
 * 3. The order of revisions respects real time: who called after another's return does not come before it.
 */
export function checkLinearizability(operations: readonly OperationRecord[], log: ReferenceLog): Finding[] {
  const findings: Finding[] = [];
  for (const operation of operations) checkOperation(operation, log, findings);
  checkRealTime(operations, log, findings);
  return findings;
}

function checkOperation(operation: OperationRecord, log: ReferenceLog, findings: Finding[]): void {
  const { body, outcome } = operation;
  if (outcome.kind === 'unknown') return;
  if (isReadBody(body)) {
    if (outcome.kind === 'done') checkRead(operation, body, outcome.revision, outcome.body, log, findings);
    return;
  }
  const applied = findApplied(operation, log);
  if (outcome.kind === 'notApplied') {
    // One that the service has taken and answered with an error had no effect.
    if (applied !== undefined && applied.result.kind !== 'error') {
      findings.push({
        check: 'honest failure',
        detail: `reported not applied (${outcome.why}), but in slot ${applied.slot}: ${describe(operation)}`,
      });
    }
    return;
  }
  if (applied === undefined) {
    findings.push({ check: 'acknowledged is durable', detail: `answered, but not in the log: ${describe(operation)}` });
    return;
  }
  if (!sameResult(applied.result, outcome.body)) {
    const detail = `log says ${describe(applied.result)}, answer ${describe(operation)}`;
    findings.push({ check: 'result equals the model', detail });
  }
  if (applied.revision !== outcome.revision) {
    const detail = `log says revision ${applied.revision}, answer ${describe(operation)}`;
    findings.push({ check: 'revision equals the model', detail });
  }
  if (applied.chosenUs < operation.callUs || applied.chosenUs > outcome.returnUs) {
    const detail = `chosen at ${applied.chosenUs} µs, outside of the call: ${describe(operation)}`;
    findings.push({ check: 'effect within the call', detail });
  }
}

/**
 * The command's one effect. What begins a session may have several; the answer says which one counts. A client may give the number
 * of a command that surely had no effect to another one.
 */
function findApplied(operation: OperationRecord, log: ReferenceLog): AppliedOperation | undefined {
  const { body, command, outcome } = operation;
  if (command !== undefined) {
    const taken = log.taken(command.sessionId, command.sequence);
    const isSame = taken?.operation.command?.generation === command.generation;
    return taken !== undefined && isSame && sameStructure(taken.operation.body, body) ? taken : undefined;
  }
  if (body.kind !== 'openSession' && body.kind !== 'resumeSession') return undefined;
  const attempts = log.applied.filter(
    ({ operation: { body: chosen } }) => chosen.kind === body.kind && chosen.nonce === body.nonce,
  );
  if (outcome.kind !== 'done') return attempts[0];
  const atRevision = attempts.filter(({ revision }) => revision === outcome.revision);
  // One that was refused has the revision of what came before it, and that may be another attempt.
  return atRevision.find(({ result }) => sameResult(result, outcome.body)) ?? atRevision[0];
}

function checkRead(
  operation: OperationRecord,
  body: ReadBody,
  revision: number,
  answer: ResultBody,
  log: ReferenceLog,
  findings: Finding[],
): void {
  if (revision > log.revision) {
    findings.push({ check: 'read of the log', detail: `from beyond revision ${log.revision}: ${describe(operation)}` });
    return;
  }
  const past = askedRevision(body);
  if (past !== 0 && past !== revision) {
    findings.push({ check: 'a read of the past shows what was asked for', detail: describe(operation) });
  }
  if (past === 0 && revision < operation.seenRevision) {
    findings.push({ check: 'no client goes back in time', detail: describe(operation) });
  }
  const expected = expectedRead(body, revision, log);
  if (!sameStructure(expected, answer)) {
    const detail = `log says ${describe(expected)}, answer ${describe(operation)}`;
    findings.push({ check: 'read equals the model', detail });
  }
}

function expectedRead(body: ReadBody, shown: number, log: ReferenceLog): ResultBody {
  switch (body.kind) {
    case 'get':
      return { kind: 'get', entry: log.entryAt(keyString(body.key), shown) };
    case 'range': {
      const found = entriesAt(body.range, shown, log);
      if (body.order === 'descending') found.reverse();
      const entries = body.keysOnly === true ? found.map((entry) => ({ ...entry, value: emptyBytes })) : found;
      const more = body.limit > 0 && entries.length > body.limit;
      return { kind: 'range', entries: more ? entries.slice(0, body.limit) : entries, more };
    }
    case 'count':
      return { kind: 'count', count: entriesAt(body.range, shown, log).length };
    case 'counterGet':
      return { kind: 'counterValue', value: log.counterAt(body.name, shown) };
    case 'lockGet':
      return log.lockAt(body.name, shown);
    case 'lockInspect': {
      const details = log.lockDetailsAt(body.name, shown);
      const { lockParties } = limits;
      const listed = body.limit === 0 ? lockParties : Math.min(body.limit, lockParties);
      return { ...details, holders: details.holders.slice(0, listed), waiters: details.waiters.slice(0, listed) };
    }
    case 'sessionList':
      return sessionListAt(log, body, shown);
    case 'sessionGet':
      return sessionStateAt(log, body.sessionId, shown);
  }
}

function entriesAt(range: KeyRange, revision: number, log: ReferenceLog): WireEntry[] {
  return log
    .keys()
    .filter((key) => inRange(range, key))
    .map((key) => log.entryAt(key, revision))
    .filter((entry) => entry !== undefined);
}

/** An operation's place: a change comes before all that only shows its revision. */
interface Placed {
  readonly place: number;
  readonly operation: OperationRecord;
  readonly returnUs: number;
}

function checkRealTime(operations: readonly OperationRecord[], log: ReferenceLog, findings: Finding[]): void {
  const placed: Placed[] = [];
  for (const operation of operations) {
    const item = placeOf(operation, log);
    if (item !== undefined) placed.push(item);
  }
  placed.sort((a, b) => a.place - b.place);
  /** Of all places before this one, and of this one: the operation that was called last. */
  let before: Placed | undefined;
  let here: Placed | undefined;
  for (const item of placed) {
    if (here !== undefined && here.place !== item.place) {
      before = laterCalled(before, here);
      here = undefined;
    }
    here = laterCalled(here, item);
    if (before !== undefined && item.returnUs < before.operation.callUs) {
      const detail = `returned before, but ordered after: ${describe(item.operation)} and ${describe(before.operation)}`;
      findings.push({ check: 'real-time order', detail });
    }
  }
}

/** Undefined: it has no place that others could see. */
function placeOf(operation: OperationRecord, log: ReferenceLog): Placed | undefined {
  const { body, outcome } = operation;
  if (outcome.kind === 'notApplied') return undefined;
  if (isReadBody(body)) {
    if (outcome.kind !== 'done' || body.consistency === 'stale' || askedRevision(body) !== 0) return undefined;
    return { place: 2 * outcome.revision + 1, operation, returnUs: outcome.returnUs };
  }
  // One that was never answered, but is in the log, has its place too: it ends never.
  const applied = findApplied(operation, log);
  if (applied === undefined) return undefined;
  const returnUs = outcome.kind === 'done' ? outcome.returnUs : Number.POSITIVE_INFINITY;
  return { place: 2 * applied.revision + (applied.changed ? 0 : 1), operation, returnUs };
}

function laterCalled(a: Placed | undefined, b: Placed): Placed {
  return a !== undefined && a.operation.callUs >= b.operation.callUs ? a : b;
}

/** 0: the newest. */
function askedRevision(body: ReadBody): number {
  return 'revision' in body ? body.revision : 0;
}

export function inRange(range: KeyRange, key: string): boolean {
  const from = keyString(range.from);
  if (range.to === 'single') return key === from;
  return key >= from && (range.to === 'unbounded' || key < keyString(range.to));
}

/** Errors are compared by code. */
function sameResult(a: ResultBody, b: ResultBody): boolean {
  if (a.kind === 'error' && b.kind === 'error') return a.code === b.code;
  return sameStructure(a, b);
}
