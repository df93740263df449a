import type { HistoryLine } from '../../checkers/event-history.ts';
import { type EventReport, judgeEvents } from '../../checkers/event-report.ts';
import {
  checkAccounts,
  checkCalmSessions,
  checkErrors,
  checkGuardedWrites,
  checkPairs,
  checkSharedReads,
  checkTallies,
  type Interval,
} from './invariants.ts';

export interface ChaosJudgementOptions {
  /** When nothing was being done to anybody: there no session may end. Default: never. */
  readonly calm?: readonly Interval[] | undefined;
  /** How long after its TTL a session of a silent client may be seen, in nanoseconds; absent: not judged, only measured. */
  readonly lateAllowanceNs?: number | undefined;
  /** Steps of the model for one object before the search is given up. */
  readonly stepLimit?: number | undefined;
}

export interface ChaosJudgement extends Omit<EventReport, 'sessionMargins'> {
  readonly margins: EventReport['sessionMargins'];
}

/** Everything that can be said of a history of the chaos workload. An empty one is undecided: it says nothing. */
export function judgeChaos(lines: readonly HistoryLine[], options: ChaosJudgementOptions = {}): ChaosJudgement {
  const { calm = [], lateAllowanceNs, stepLimit } = options;
  const { findings: general, sessionMargins, ...report } = judgeEvents(lines, { lateAllowanceNs, stepLimit });
  const findings = [
    ...general,
    ...checkPairs(lines),
    ...checkAccounts(lines),
    ...checkTallies(lines),
    ...checkSharedReads(lines),
    ...checkGuardedWrites(lines),
    ...checkCalmSessions(lines, calm),
    ...checkErrors(lines),
  ];
  const undecided = report.operations === 0 ? [...report.undecided, 'no operation'] : report.undecided;
  const verdict = findings.length > 0 ? 'violation' : undecided.length > 0 ? 'undecided' : 'ok';
  return { ...report, verdict, findings, undecided, margins: sessionMargins };
}
