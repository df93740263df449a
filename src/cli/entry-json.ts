import type { Entry, KeyEntry } from '../client/index.ts';

/**
 * `{key,value,createRevision,modRevision,version}`, of an ephemeral key with `session`, of one that was read without its value without
 * `value`; what is not UTF-8 stands in Base64 as `keyBase64`, `valueBase64`.
 */
export function entryJson(entry: KeyEntry & Partial<Pick<Entry, 'value'>>): Record<string, unknown> {
  return {
    ...bytesJson('key', entry.keyBytes),
    ...(entry.value !== undefined && bytesJson('value', entry.value)),
    createRevision: entry.createRevision,
    modRevision: entry.modRevision,
    version: entry.version,
    ...(entry.session !== undefined && { session: entry.session }),
  };
}

/** `{name: text}`, or `{nameBase64: …}` if the bytes are no text. */
export function bytesJson(name: string, bytes: Uint8Array): Record<string, string> {
  try {
    return { [name]: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { [`${name}Base64`]: Buffer.from(bytes).toString('base64') };
  }
}
