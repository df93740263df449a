import type { WatchEvent } from '../../client/index.ts';
import { bytesJson } from '../entry-json.ts';

/** `{revision,type,key,value}`; without a value if the key was deleted. */
export function eventJson(revision: number, event: WatchEvent): Record<string, unknown> {
  const { type } = event;
  const value = storedValue(event);
  return { revision, type, ...bytesJson('key', keyOf(event)), ...(value !== undefined && bytesJson('value', value)) };
}

export function storedValue(event: WatchEvent): Uint8Array | undefined {
  return event.type === 'put' ? event.entry.value : undefined;
}

/** As the key was written, which need not be text. */
export function keyOf(event: WatchEvent): Uint8Array {
  const entry = event.type === 'put' ? event.entry : event.previous;
  return entry?.keyBytes ?? Buffer.from(event.key);
}
