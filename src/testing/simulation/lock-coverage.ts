import type { AcquisitionHistory, ReferenceLog } from '../checkers/reference-log.ts';
import type { Coverage } from './coverage.ts';

/** What has become of locks in the whole run. */
export function noteLocks(log: ReferenceLog, coverage: Coverage): void {
  const acquisitions = [...log.acquisitions.values()];
  for (const { token, endedBy, delayMs, sessionId } of acquisitions) {
    if (endedBy !== 'session') continue;
    const expired = log.sessions.get(sessionId)?.endedBy === 'expired';
    if (token === undefined) coverage.hit('lock waiter died');
    else if (delayMs > 0 && expired) coverage.hit('lock kept closed by a delay');
  }
  noteGrants(acquisitions, coverage);
  for (const { operation, taken } of log.applied) {
    if (taken && operation.body.kind === 'endLockDelay') coverage.hit('lock opened after its delay');
  }
}

function noteGrants(acquisitions: readonly AcquisitionHistory[], coverage: Coverage): void {
  const permits: AcquisitionHistory[] = [];
  for (const acquisition of acquisitions) {
    const { token, mode, names, askedRevision, grantedRevision } = acquisition;
    if (token === undefined || grantedRevision === undefined) continue;
    if (mode === 'shared' && token < grantedRevision) coverage.hit('lock shared by several');
    if (names.length > 1 && grantedRevision > askedRevision) coverage.hit('several locks granted after waiting');
    if (mode !== 'permit') continue;
    if (permits.some((other) => overlaps(other, grantedRevision))) coverage.hit('permits held by several');
    permits.push(acquisition);
  }
}

function overlaps({ grantedRevision, endedRevision }: AcquisitionHistory, revision: number): boolean {
  return (
    (grantedRevision ?? Number.POSITIVE_INFINITY) <= revision && (endedRevision ?? Number.POSITIVE_INFINITY) > revision
  );
}
