import type { LockEvent, LockParty, WatchEvent } from '../../client/index.ts';
import { formatDuration } from '../duration.ts';
import { bytesJson } from '../entry-json.ts';
import { printable } from '../output.ts';
import { formatSize } from '../size.ts';
import type { StateEvent } from './event-stream.ts';

/** A longer value is told by its size. */
const shownValueBytes = 200;

/** As programs are told. */
export function stateEventJson(revision: number, { kind, event }: StateEvent): Record<string, unknown> {
  switch (kind) {
    case 'key': {
      const value = event.type === 'put' ? bytesJson('value', event.entry.value) : {};
      return { revision, type: event.type, ...bytesJson('key', keyOf(event)), ...value };
    }
    case 'lock': {
      const { name, holders, holderCount, waiterCount, delay } = event;
      return {
        revision,
        type: 'lock',
        name,
        holders: holders.map(holderJson),
        holderCount,
        waiterCount,
        delay: delay ?? null,
      };
    }
    case 'counter': {
      const { name, value, previous } = event;
      return { revision, type: 'counter', name, value: String(value), previous: String(previous) };
    }
    case 'session': {
      const { type, id, name, ttlMs } = event;
      return { revision, type: 'session', change: type, id, name, ttlMs };
    }
  }
}

function holderJson({ session, mode, token, permit, askedRevision, note }: LockParty) {
  return {
    session,
    mode,
    token: token ?? null,
    permit: permit ?? null,
    askedRevision,
    ...bytesJson('note', note),
  };
}

/** One line, without control characters that others have chosen. */
export function stateEventText(revision: number, { kind, event }: StateEvent): string {
  switch (kind) {
    case 'key':
      return printable(
        `${revision} ${event.type} ${event.key}${event.type === 'put' ? ` ${valueText(event.entry.value)}` : ''}`,
      );
    case 'lock':
      return printable(`${revision} lock ${event.name} ${lockText(event)}`);
    case 'counter':
      return printable(`${revision} counter ${event.name} ${event.value}`);
    case 'session': {
      const name = event.name === '' ? '' : ` ${event.name}`;
      return printable(`${revision} session ${event.id} ${event.type}${name} (TTL ${formatDuration(event.ttlMs)})`);
    }
  }
}

/** As the key was written, which need not be text. */
function keyOf(event: WatchEvent): Uint8Array {
  const entry = event.type === 'put' ? event.entry : event.previous;
  return entry?.keyBytes ?? Buffer.from(event.key);
}

function valueText(value: Uint8Array): string {
  return value.length > shownValueBytes ? `(${formatSize(value.length)})` : new TextDecoder().decode(value);
}

function lockText({ holders, holderCount, waiterCount, delay }: LockEvent): string {
  const [first] = holders;
  const queue = waiterCount === 0 ? '' : `, ${waiterCount} waiting`;
  if (first === undefined)
    return `${delay === undefined ? 'free' : `closed for ${formatDuration(delay.delayMs)}`}${queue}`;
  const grant = first.token === undefined ? `permit ${first.permit}` : `token ${first.token}`;
  const others = holderCount > 1 ? ` and ${holderCount - 1} more` : '';
  return `held by session ${first.session}${others}, ${first.mode}, ${grant}${queue}`;
}
