import type { SessionReport } from '../../rpc/inspection-client.ts';
import { formatDuration } from '../duration.ts';
import { formatTimeLeft } from './time-left.ts';

/** One session, as programs are told. What only the leader knows is `null` if it was not the leader that answered. */
export function sessionJson(session: SessionReport, timed: boolean) {
  const { id, name, metadata, ttlMs, remainingMs, generation, ephemeralKeys, held, waiting } = session;
  return {
    id: String(id),
    name,
    metadata: Object.fromEntries(metadata.map((note) => [note.name, note.value])),
    ttlMs,
    remainingMs: timed ? Math.round(remainingMs) : null,
    generation,
    ephemeralKeys,
    held,
    waiting,
  };
}

export const sessionTitles = [
  'SESSION',
  'NAME',
  'TTL',
  'LEFT',
  'GENERATION',
  'KEYS',
  'HELD',
  'WAITING',
  'METADATA',
] as const;

export function sessionRow(session: SessionReport, timed: boolean): readonly string[] {
  const { id, name, metadata, ttlMs, remainingMs, generation, ephemeralKeys, held, waiting } = session;
  return [
    String(id),
    name || '-',
    formatDuration(ttlMs),
    timed ? formatTimeLeft(remainingMs) : '-',
    String(generation),
    String(ephemeralKeys),
    String(held),
    String(waiting),
    metadata.map((note) => `${note.name}=${note.value}`).join(' ') || '-',
  ];
}
