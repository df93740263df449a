import { type FileHandle, open } from 'node:fs/promises';
import { describe, expect, test, vi } from 'vitest';
import { LevelCheckpoints } from '../../src/storage/level-checkpoints.ts';
import { type Interceptor, imagesOf, intercepted, problemsOf } from './checkpoint-crashes.ts';
import { contentOf, write, writeChunks } from './checkpoints.ts';
import { temporaryDirectory } from './journals.ts';

const content = (slot: number) => contentOf(slot, 2);
const writing = (slot: number) => (store: LevelCheckpoints) => write(store, content(slot));

/** A history, and what is there after each of its calls. */
const history = [
  { call: writing(1), leaves: [1] },
  { call: writing(2), leaves: [2, 1] },
  { call: writing(3), leaves: [3, 2] },
  { call: (store: LevelCheckpoints) => store.remove(3), leaves: [2] },
];

async function imagesWith(calls: number, planted?: Interceptor) {
  return imagesOf(
    history.slice(0, calls).map(({ call }) => call),
    planted,
  );
}

async function problemsWith(calls: number, planted?: Interceptor, before?: string): Promise<string[]> {
  const states = [[], ...history.slice(0, calls).map(({ leaves }) => leaves.map(content))];
  const images = await imagesWith(calls, planted);
  return problemsOf(before === undefined ? images : images.filter((image) => image.before === before), states);
}

test('a crash before any step leaves what was there before, or what is there after', async () => {
  expect(await problemsWith(history.length)).toEqual([]);
});

test('the manifest follows its chunks, and what is old goes when the manifest is there', async () => {
  const store = new LevelCheckpoints(await temporaryDirectory());
  await store.open();
  for (const slot of [1, 2]) await write(store, content(slot));
  const steps: string[] = [];
  await intercepted(
    (step, proceed) => {
      steps.push(step.name);
      return proceed();
    },
    () => write(store, content(3)),
  );
  await store.close();
  expect(steps).toEqual([
    'put chunk of 3',
    'put chunk of 3',
    'flush',
    'put manifest of 3, synced',
    'flush',
    'flush',
    'delete manifest of 1, synced',
    'clear 1',
    'compact 1',
  ]);
});

test('what an interrupted writer has left goes before anything else is written', async () => {
  const directory = await temporaryDirectory();
  const first = new LevelCheckpoints(directory);
  await first.open();
  await writeChunks(first, content(1));
  await first.close();
  const store = new LevelCheckpoints(directory);
  await store.open();
  const steps: string[] = [];
  await intercepted(
    (step, proceed) => {
      steps.push(step.name);
      return proceed();
    },
    () => writeChunks(store, content(2)),
  );
  await store.close();
  expect(steps.slice(-4)).toEqual(['clear 1', 'compact 1', 'put chunk of 2', 'put chunk of 2']);
});

test('chunks that LevelDB could not flush are synced in its log before the manifest is written', async () => {
  const probe = await open(import.meta.filename);
  const datasync = vi.spyOn(Object.getPrototypeOf(probe) as FileHandle, 'datasync');
  await probe.close();
  const store = new LevelCheckpoints(await temporaryDirectory());
  await store.open();
  let syncedBefore = 0;
  await intercepted(
    async (step, proceed) => {
      if (step.name.startsWith('put manifest')) syncedBefore = datasync.mock.calls.length;
      if (step.name !== 'flush') await proceed();
    },
    () => write(store, content(1)),
  );
  datasync.mockRestore();
  expect(syncedBefore).toBe(1);
  await store.verify(1);
  await store.close();
});

async function unsyncedAtManifest(planted?: Interceptor): Promise<boolean> {
  const images = await imagesWith(1, planted);
  return images.some(({ before, powerLost }) => before.startsWith('put manifest') && powerLost);
}

test('when the manifest is written, no chunk is in a log that LevelDB would have to sync', async () => {
  expect(await unsyncedAtManifest()).toBe(false);
});

/** Each is a store that is weak in one way: the tests above would find it. */
describe('it would be noticed', () => {
  test('if chunks were written after their manifest', async () => {
    const held: (() => Promise<unknown>)[] = [];
    const problems = await problemsWith(1, async (step, proceed) => {
      if (step.name.startsWith('put chunk')) held.push(proceed);
      else await proceed();
      if (step.name.startsWith('put manifest')) for (const put of held.splice(0)) await put();
    });
    expect(problems.join()).toMatch(/before put chunk of 1: .* chunk 0 of the checkpoint of slot 1 is missing/);
  });

  test('if chunks were in a log, of which LevelDB may have left one un-synced', async () => {
    const withoutFlush: Interceptor = async (step, proceed) => {
      if (step.name !== 'flush') await proceed();
    };
    expect(await unsyncedAtManifest(withoutFlush)).toBe(true);
  });

  test('if the older one went before the newer one was there', async () => {
    let manifest: (() => Promise<unknown>) | undefined;
    const planted: Interceptor = async (step, proceed) => {
      if (step.name === 'put manifest of 3, synced') manifest = proceed;
      else await proceed();
      if (step.name === 'compact 1') await manifest?.();
    };
    expect(await problemsWith(3, planted, 'clear 1')).toEqual(['before clear 1: there is 2']);
  });
});
