import type { JournalRecord } from '../../paxos/record.ts';
import { LevelJournal } from '../../storage/level-journal.ts';
import type { ReadOnlyCopy } from '../../storage/read-only-copy.ts';
import { inOriginal } from './part-health.ts';

export interface ReadRecord {
  readonly record: JournalRecord;
  /** No record, but what stands for all those up to its sequence. */
  readonly isAnchor: boolean;
}

/** Every record of a journal that was added to the copy, verified one by one. @throws StorageError; the signal's reason */
export async function* readJournal(
  copy: ReadOnlyCopy,
  signal: AbortSignal,
): AsyncGenerator<ReadRecord, void, undefined> {
  signal.throwIfAborted();
  const journal = new LevelJournal(copy.directory);
  try {
    await journal.open();
    let isFirst = true;
    for await (const record of journal.scan()) {
      signal.throwIfAborted();
      yield { record, isAnchor: isFirst && isAnchor(record) };
      isFirst = false;
    }
  } catch (error) {
    throw inOriginal(copy, error);
  } finally {
    await journal.close();
  }
}

/** As the first of a scan: without an anchor that is record 1, and nobody has trimmed anything before there was one. */
function isAnchor({ sequence, trimmedThrough, accepted }: JournalRecord): boolean {
  return sequence > 1 || (trimmedThrough > 0 && accepted.length === 0);
}
