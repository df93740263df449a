import type { WatchReport } from '../../rpc/inspection-client.ts';
import { bytesJson } from '../entry-json.ts';
import { formatSize } from '../size.ts';

/** One watch, as programs are told. `to` is not in the range; null: there is no end, or one name alone is watched. */
export function watchJson(node: string, watch: WatchReport) {
  const { client, connection, watch: id, kind, extent, from, to, lagging, unwrittenBytes, sessions } = watch;
  return {
    node,
    client,
    sessions: sessions.map(String),
    connection,
    id,
    kind,
    extent,
    ...bytesJson('from', from),
    ...(extent === 'range' ? bytesJson('to', to) : { to: null }),
    lagging,
    unwrittenBytes,
  };
}

export const watchTitles = ['NODE', 'CLIENT', 'SESSIONS', 'WATCHES', 'WHAT', 'STATE', 'UNWRITTEN'] as const;

export function watchRow(node: string, watch: WatchReport): readonly string[] {
  const { client, kind, lagging, unwrittenBytes, sessions } = watch;
  return [
    node,
    client || '-',
    sessions.join(' ') || '-',
    kind,
    selectionText(watch),
    lagging ? 'reads history' : 'live',
    formatSize(unwrittenBytes),
  ];
}

/** `a`: this name; `a…`: all that begin so; else `[a, b)` or `[a, …)`. */
function selectionText({ extent, from, to }: WatchReport): string {
  const first = text(from);
  if (extent === 'single') return first;
  if (extent === 'unbounded') return from.length === 0 ? 'everything' : `[${first}, …)`;
  return isPrefix(from, to) ? `${first}…` : `[${first}, ${text(to)})`;
}

/** The end of a prefix is the prefix with its last byte raised, without those that cannot be. */
function isPrefix(from: Uint8Array, to: Uint8Array): boolean {
  let length = from.length;
  while (length > 0 && from[length - 1] === 0xff) length -= 1;
  if (length === 0 || to.length !== length || to[length - 1] !== (from[length - 1] ?? 0) + 1) return false;
  return Buffer.from(from.subarray(0, length - 1)).equals(Buffer.from(to.subarray(0, length - 1)));
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
