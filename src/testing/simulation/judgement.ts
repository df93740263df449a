import { checkCounters } from '../checkers/counters.ts';
import { crossCheck, crossCheckUndecided } from '../checkers/cross-check/cross-check.ts';
import { checkExactlyOnce } from '../checkers/exactly-once.ts';
import type { Finding, OperationRecord } from '../checkers/history.ts';
import { checkLinearizability } from '../checkers/linearizability.ts';
import {
  checkFencing,
  checkGrants,
  checkMutualExclusion,
  checkTokens,
  promisedHolds,
  untilTakenAway,
} from '../checkers/locks.ts';
import { checkEndsAreFinal, checkSessions } from '../checkers/sessions.ts';
import { checkWatches } from '../checkers/watches.ts';
import type { World } from './world.ts';

/** The search costs more than all other checks of a history together: one run in so many. */
const searchEvery = 8;

/** What the whole history says. `complete`: everything that was called has been answered, and watches have reached the end. */
export function judge(world: World, complete: boolean): Finding[] {
  const { history, promises } = world;
  const { model } = world.service;
  const operations = promises.has('fresh reads') ? history.operations : history.operations.map(asStaleRead);
  const holds = promisedHolds(untilTakenAway(history.holds, model), model);
  const findings = [
    ...checkLinearizability(operations, model),
    ...checkExactlyOnce(history.operations, model),
    ...checkCounters(history.operations),
    ...checkGrants(history.grants, model),
    ...checkMutualExclusion(holds),
    ...checkTokens(holds),
    ...checkFencing(history.fencedWrites),
    ...checkSessions(history.sessions, model),
    ...checkEndsAreFinal(history, model),
    ...checkWatches(history.watches, model, complete),
  ];
  if (world.config.budget === 'drift') noteBrokenByDrift(world, findings);
  if (world.config.budget === 'within' && world.config.seed % searchEvery === 0) findings.push(...search(world));
  return findings.filter(({ check }) => promises.has(check));
}

/** That nothing ever breaks with clocks beyond their bound would only mean that these runs are too tame. */
function noteBrokenByDrift({ history, service, coverage }: World, findings: readonly Finding[]): void {
  for (const { check } of findings) {
    if (check === 'mutual exclusion') coverage.hit('beyond the bound: two holders of a lock');
    if (check === 'no session expires early') coverage.hit('beyond the bound: session expired early');
    if (check === 'the client knows first') coverage.hit('beyond the bound: client knew last');
  }
  const strict = checkLinearizability(history.operations, service.model);
  if (strict.some(({ check }) => check === 'real-time order')) coverage.hit('beyond the bound: stale read');
}

/** A read that may show the past, as the caller of a stale one has to expect. */
function asStaleRead(operation: OperationRecord): OperationRecord {
  const { body } = operation;
  return 'consistency' in body ? { ...operation, body: { ...body, consistency: 'stale' } } : operation;
}

/** A second opinion on some runs, which trusts nothing but what clients saw: not the log, and no revision. */
function search({ history, coverage }: World): Finding[] {
  const findings = crossCheck(history);
  const decided = findings.filter(({ check }) => check !== crossCheckUndecided);
  if (decided.length === findings.length) coverage.hit('history searched without the log');
  return decided;
}
