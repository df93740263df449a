import type { JournalRecord } from '../../src/paxos/record.ts';
import type { Journal } from '../../src/storage/ports.ts';

export async function scanned(journal: Journal): Promise<JournalRecord[]> {
  const records: JournalRecord[] = [];
  for await (const record of journal.scan()) records.push(record);
  return records;
}

/** Opened and scanned: ready to append. */
export async function started<J extends Journal>(journal: J): Promise<J> {
  await journal.open();
  await scanned(journal);
  return journal;
}
