import type { HistoryLine } from '../../checkers/event-history.ts';

/** How much of each kind a run has seen. */
export interface LockCounts {
  readonly exclusiveLocks: number;
  readonly sharedLocks: number;
  /** Each of several locks at once, all or none. */
  readonly severalLocks: number;
  readonly permits: number;
  /** Holds that an operator has ended. */
  readonly takenAway: number;
  /** By other clients, as operators do. */
  readonly sessionsClosed: number;
  /** By a program that was started again. */
  readonly sessionsResumed: number;
  /** With them: locks, or several at once, and permits. */
  readonly locksHandedOver: number;
  readonly permitsHandedOver: number;
}

type Granted = Extract<HistoryLine, { readonly op: 'lock'; readonly outcome: 'ok' }>;

export function countLocks(lines: readonly HistoryLine[]): LockCounts {
  const granted = lines.filter((line): line is Granted => line.op === 'lock' && line.outcome === 'ok');
  const resumed = lines.filter((line) => line.op === 'session-resumed');
  const handedOver = resumed.flatMap(({ locks }) => locks);
  const permitsHandedOver = handedOver.filter(({ mode }) => mode === 'permit').length;
  return {
    exclusiveLocks: granted.filter(({ mode, others }) => mode === undefined && others === undefined).length,
    sharedLocks: granted.filter(({ mode }) => mode === 'shared').length,
    severalLocks: granted.filter(({ others }) => others !== undefined).length,
    permits: granted.filter(({ mode }) => mode === 'permit').length,
    takenAway: lines.reduce((sum, line) => sum + takenBy(line), 0),
    sessionsClosed: lines.filter((line) => line.op === 'session-close-other' && line.end !== null).length,
    sessionsResumed: resumed.length,
    locksHandedOver: handedOver.length - permitsHandedOver,
    permitsHandedOver,
  };
}

function takenBy(line: HistoryLine): number {
  return line.op === 'force-unlock' && line.outcome === 'ok' ? line.result : 0;
}
