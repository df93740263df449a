import { AdminCallError } from '../../rpc/admin-client.ts';
import { requestSnapshot, type SnapshotHeader, type SnapshotPart } from '../../rpc/snapshot-client.ts';
import { type BackupHeader, backupFormatVersion } from '../../storage/backup-codec.ts';
import { BackupWriter } from '../../storage/backup-writer.ts';

/** A node that has promised a state goes on with it at once, or is in trouble. */
const silenceMs = 15_000;

export interface ReceivingOptions {
  readonly endpoint: string;
  readonly file: string;
  readonly force: boolean;
  readonly stale: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (bytes: number, expected: number) => void;
}

/**
 * Takes the state of one node into FILE.part. The writer is finished and not yet published; if this throws, nothing is left of it.
 *
 * @throws AdminCallError, BackupError; the signal's reason
 */
export async function receiveSnapshot(options: ReceivingOptions): Promise<BackupWriter> {
  const { endpoint, file, force, stale, signal, onProgress } = options;
  let writer: BackupWriter | undefined;
  try {
    let expected = 0;
    const received = { chunks: 0, bytes: 0 };
    for await (const part of requestSnapshot(endpoint, { stale, silenceMs, signal })) {
      if (writer === undefined) {
        const header = headerIn(endpoint, part, stale);
        expected = header.expectedBytes;
        writer = await BackupWriter.create(file, header, { force });
      } else if (part.part === 'chunk') {
        await writer.append(part.chunk);
        received.chunks += 1;
        received.bytes += part.chunk.length;
        onProgress(received.bytes, expected);
      } else {
        demandWhole(endpoint, part, received);
        await writer.finish();
        return writer;
      }
    }
    throw new AdminCallError('UNAVAILABLE', `${endpoint}: its answer has ended in the middle`, {});
  } catch (error) {
    await writer?.discard();
    throw error;
  }
}

function headerIn(endpoint: string, part: SnapshotPart, stale: boolean): BackupHeader {
  if (part.part !== 'header') throw outOfTurn(endpoint, part);
  const { formatVersion, ...header }: SnapshotHeader = part.header;
  if (formatVersion > backupFormatVersion) {
    const message = `${endpoint}: it makes backups of format ${formatVersion}, this program up to ${backupFormatVersion}`;
    throw new AdminCallError('UNSUPPORTED', message, {});
  }
  if (header.stale && !stale) throw outOfTurn(endpoint, part);
  return header;
}

function demandWhole(
  endpoint: string,
  part: SnapshotPart,
  received: { readonly chunks: number; readonly bytes: number },
): void {
  if (part.part !== 'end') throw outOfTurn(endpoint, part);
  if (part.end.chunks === received.chunks && part.end.bytes === received.bytes) return;
  throw new AdminCallError('PROTOCOL_ERROR', `${endpoint}: parts of its answer are missing`, {});
}

function outOfTurn(endpoint: string, { part }: SnapshotPart): AdminCallError {
  return new AdminCallError('PROTOCOL_ERROR', `${endpoint}: its answer has a ${part} that was not to be expected`, {});
}
