import { cp } from 'node:fs/promises';
import { LevelCheckpoints } from '../../src/storage/level-checkpoints.ts';
import { describeCheckpoints } from './checkpoint-conformance.ts';
import { temporaryDirectory } from './journals.ts';

describeCheckpoints('LevelCheckpoints', 15, async () => {
  let directory = await temporaryDirectory();
  return {
    store: () => new LevelCheckpoints(directory),
    // What a killed process leaves: all that the kernel has.
    crash: async (store) => {
      const copy = await temporaryDirectory();
      await cp(directory, copy, { recursive: true });
      directory = copy;
      await store.close();
    },
  };
});
