import { isWellFormed, utf8Length } from './bytes.ts';
import { limits } from './limits.ts';
import type { WireError } from './result.ts';
import type { SessionMetadata } from './session-info.ts';
import { wireError } from './wire-error.ts';

/** What is wrong with the metadata of a session, if anything. */
export function metadataError(metadata: readonly SessionMetadata[]): WireError | undefined {
  const { sessionMetadataEntries, sessionMetadataBytes } = limits;
  if (metadata.length > sessionMetadataEntries) {
    return invalid(`the metadata has ${metadata.length} entries, more than ${sessionMetadataEntries}`);
  }
  const names = new Set<string>();
  let bytes = 0;
  for (const { name, value } of metadata) {
    if (name === '') return invalid('a name in the metadata is not empty');
    if (!isWellFormed(name) || !isWellFormed(value)) return invalid('metadata is well-formed Unicode');
    if (names.has(name)) return invalid('a name is twice in the metadata');
    names.add(name);
    bytes += utf8Length(name) + utf8Length(value);
  }
  if (bytes <= sessionMetadataBytes) return undefined;
  return invalid(`the metadata has ${bytes} bytes of names and values, more than ${sessionMetadataBytes}`);
}

/** `least`: 0 where none is allowed, too. */
export function secretError({ length }: Uint8Array, least: number): WireError | undefined {
  if (length === limits.sessionSecretBytes || length === least) return undefined;
  return invalid(`the secret of a session has ${limits.sessionSecretBytes} bytes, not ${length}`);
}

function invalid(message: string): WireError {
  return wireError('INVALID_ARGUMENT', message);
}
