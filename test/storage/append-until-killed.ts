import { writeSync } from 'node:fs';
import { LevelJournal } from '../../src/storage/level-journal.ts';
import { slotRecord } from './records.ts';
import { started } from './started.ts';

// The program that the test of a killed process kills: it appends for ever, and says what is durable.
const journal = await started(new LevelJournal(process.argv[2] ?? ''));
for (let sequence = 1; ; sequence++) {
  await journal.append(slotRecord(sequence));
  writeSync(1, `${sequence}\n`);
}
