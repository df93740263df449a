import type { LockPartyReport, LockReport } from '../../rpc/inspection-client.ts';
import { bytesJson } from '../entry-json.ts';
import { formatTimeLeft } from './time-left.ts';

/** One lock, as programs are told. What only the leader knows is `null` if it was not the leader that answered. */
export function lockJson(lock: LockReport, timed: boolean) {
  const { name, holders, waiters, holderCount, waiterCount, delaySinceRevision, delayMs, delayRemainingMs } = lock;
  return {
    name,
    holders: holders.map((party) => partyJson(party, timed)),
    waiters: waiters.map((party) => partyJson(party, timed)),
    holderCount,
    waiterCount,
    delay:
      delaySinceRevision === 0
        ? null
        : { sinceRevision: delaySinceRevision, delayMs, remainingMs: timed ? Math.round(delayRemainingMs) : null },
  };
}

function partyJson(party: LockPartyReport, timed: boolean) {
  const { sessionId, sessionName, mode, token, askedRevision, note, remainingMs } = party;
  const granted = token === 0 ? null : token;
  return {
    session: String(sessionId),
    sessionName,
    mode,
    token: mode === 'permit' ? null : granted,
    permit: mode === 'permit' ? granted : null,
    askedRevision,
    ...bytesJson('note', note),
    remainingMs: timed ? Math.round(remainingMs) : null,
  };
}

export const lockTitles = ['LOCK', 'MODE', 'HOLDER', 'NAME', 'TOKEN', 'LEFT', 'WAITERS', 'NEXT', 'NOTE'] as const;

/** A row for each holder that is listed; one for a lock that a delay keeps closed, or that nobody holds. */
export function lockRows(lock: LockReport, timed: boolean): readonly (readonly string[])[] {
  const { name, holders, waiters, waiterCount, holderCount, delaySinceRevision, delayRemainingMs, delayMs } = lock;
  const queue = [String(waiterCount), waiters[0] === undefined ? '-' : String(waiters[0].sessionId)];
  const left = (leftMs: number): string => (timed ? formatTimeLeft(leftMs) : '-');
  const rows = holders.map(({ sessionId, sessionName, mode, token, remainingMs, note }) => {
    return [
      name,
      mode,
      String(sessionId),
      sessionName || '-',
      String(token),
      left(remainingMs),
      ...queue,
      noteText(note),
    ];
  });
  if (delaySinceRevision !== 0) {
    const note = `closed for ${formatTimeLeft(delayMs)} since revision ${delaySinceRevision}`;
    rows.push([name, 'closed', '-', '-', '-', left(delayRemainingMs), ...queue, note]);
  }
  if (rows.length === 0) rows.push([name, 'free', '-', '-', '-', '-', ...queue, '-']);
  const unlisted = holderCount - holders.length;
  if (unlisted > 0) rows.push([name, '-', `${unlisted} more`, '-', '-', '-', ...queue, '-']);
  return rows;
}

function noteText(note: Uint8Array): string {
  return note.length === 0 ? '-' : new TextDecoder().decode(note);
}
