import type { Bytes } from './level-database.ts';
import { firstAnchorKey, firstKey, pastLastAnchorKey, pastLastKey, recordKey } from './record-key.ts';

/** How much a scan holds at a time, by number and by size (one record more may be there). */
export const scanRecords = 256;
const scanBytes = 1024 * 1024;

/** What lies below an anchor may be there again; without one, everything that is there counts. */
export function recordsAfter(database: Bytes, sequence: number) {
  const gte = sequence === 0 ? firstKey : recordKey(sequence + 1);
  return database.iterator({ gte, lt: pastLastKey, highWaterMarkBytes: scanBytes });
}

/** With its key. What older ones stand for, it stands for, too. */
export async function newestAnchor(
  database: Bytes,
): Promise<readonly [key: Uint8Array, frame: Uint8Array] | undefined> {
  const [newest] = await database
    .iterator({ gte: firstAnchorKey, lt: pastLastAnchorKey, reverse: true, limit: 1 })
    .all();
  return newest;
}
