import { writeSync } from 'node:fs';
import { LevelCheckpoints } from '../../src/storage/level-checkpoints.ts';
import { contentOf, manifestOf, opened } from './checkpoints.ts';

// The program that the test of a killed process kills: it writes checkpoints for ever, and says what it has done.
const store = await opened(new LevelCheckpoints(process.argv[2] ?? ''));
for (let slot = 1; ; slot++) {
  const content = contentOf(slot, 4, 40_000);
  const writer = store.begin(slot);
  for (const [index, chunk] of content.chunks.entries()) {
    await writer.append(chunk);
    writeSync(1, `${slot} chunk ${index}\n`);
  }
  await writer.finish(manifestOf(content));
  writeSync(1, `${slot} finished\n`);
}
