import type { OpenSession } from '../wire/operation.ts';
import type { WireError } from '../wire/result.ts';
import { wireError } from '../wire/wire-error.ts';
import type { KeyChange } from './key-change.ts';
import { sessionBytes, versionBytes } from './resident-bytes.ts';
import type { State } from './state.ts';

/** So much of the quota is kept for sessions: without one, nobody could come and delete. */
const sessionShare = 1 / 8;

/**
 * A command is judged by what it leaves behind for good: if that is more than before, and more than there is room for, it is refused.
 * What it takes the place of stays as history for a while, and its result until it is acknowledged, but these go by themselves.
 */
export function quotaError(state: State, growthBytes: number): WireError | undefined {
  if (growthBytes <= 0) return undefined;
  const { quotaBytes } = state;
  const { total } = state.residentBytes;
  return total + growthBytes <= quotaBytes ? undefined : refusal(total, growthBytes, quotaBytes);
}

/** Of changes to different keys. */
export function changesQuotaError(state: State, changes: readonly KeyChange[]): WireError | undefined {
  let bytes = 0;
  for (const { key, value } of changes) if (value !== undefined) bytes += versionBytes(key.length, value.length);
  // Mostly there is room for all of it, and what is there need not be looked up.
  if (quotaError(state, bytes) === undefined) return undefined;
  for (const { key } of changes) {
    const existing = state.keyspace.get(key);
    if (existing !== undefined) bytes -= versionBytes(key.length, existing.value.length);
  }
  return quotaError(state, bytes);
}

/** There is room as long as all sessions together take no more than their share, whatever else there is. */
export function sessionQuotaError(state: State, body: OpenSession): WireError | undefined {
  const bytes = sessionBytes(body);
  const { quotaBytes } = state;
  const { sessions, total } = state.residentBytes;
  if (sessions + bytes <= quotaBytes * sessionShare || total + bytes <= quotaBytes) return undefined;
  return refusal(total, bytes, quotaBytes);
}

function refusal(total: number, growthBytes: number, quotaBytes: number): WireError {
  return wireError(
    'QUOTA_EXCEEDED',
    `The state takes ${total} bytes, and this would add ${growthBytes}; the quota is ${quotaBytes}.`,
  );
}
