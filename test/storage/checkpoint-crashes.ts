import { readdirSync, statSync } from 'node:fs';
import { cp, readdir, truncate } from 'node:fs/promises';
import path from 'node:path';
import { Level } from 'level';
import { vi } from 'vitest';
import { isManifestKey, slotOfKey } from '../../src/storage/checkpoint-key.ts';
import { LevelCheckpoints } from '../../src/storage/level-checkpoints.ts';
import { type Content, contents, expected } from './checkpoints.ts';
import { temporaryDirectory } from './journals.ts';

/** What the store asks of LevelDB. */
export interface Step {
  readonly kind: 'put' | 'delete' | 'clear' | 'compact';
  /** As in "put chunk of 2", "put manifest of 2, synced", "flush". */
  readonly name: string;
}

/** Stands between the store and LevelDB: asks for the step, now or later or never. */
export type Interceptor = (step: Step, proceed: () => Promise<unknown>) => Promise<unknown>;

type Asked = (...parameters: unknown[]) => Promise<unknown>;
const asked = Level.prototype as unknown as Record<'_put' | '_del' | '_clear' | 'compactRange', Asked>;

/** Has every step of every database pass the interceptor while `run` runs. */
export async function intercepted(interceptor: Interceptor, run: () => Promise<void>): Promise<void> {
  const kinds = { _put: 'put', _del: 'delete', _clear: 'clear', compactRange: 'compact' } as const;
  const spies = (Object.keys(kinds) as (keyof typeof kinds)[]).map((method) => {
    const original = asked[method];
    return vi.spyOn(asked, method).mockImplementation(function (this: unknown, ...parameters: unknown[]) {
      const step: Step = { kind: kinds[method], name: nameOf(kinds[method], parameters) };
      return interceptor(step, () => original.apply(this, parameters));
    });
  });
  try {
    await run();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

function nameOf(kind: Step['kind'], parameters: readonly unknown[]): string {
  const [first] = parameters;
  if (kind === 'clear') return `clear ${slotOfKey((first as { gte: Uint8Array }).gte)}`;
  const key = first as Uint8Array;
  if (kind === 'compact') return slotOfKey(key) < 0 ? 'flush' : `compact ${slotOfKey(key)}`;
  const what = `${isManifestKey(key) ? 'manifest' : 'chunk'} of ${slotOfKey(key)}`;
  return `${kind} ${what}${(parameters.at(-1) as { sync?: boolean }).sync === true ? ', synced' : ''}`;
}

/** A directory as it would be found after a crash before that step. */
export interface Image {
  readonly directory: string;
  readonly before: string;
  readonly powerLost: boolean;
  /** How many calls had been completed: what they have made must be there, or that and what the next one makes. */
  readonly calls: number;
}

/**
 * Takes the calls one by one, and an image before every step of them. Two of each: what a killed process leaves, which is
 * all that the kernel has, and what is left when the power is lost, without whatever of LevelDB's logs was not synced.
 */
export async function imagesOf(
  calls: readonly ((store: LevelCheckpoints) => Promise<void>)[],
  planted: Interceptor = (_, proceed) => proceed(),
): Promise<Image[]> {
  const images: Image[] = [];
  const directory = await temporaryDirectory();
  const database = path.join(directory, 'checkpoint');
  const store = new LevelCheckpoints(directory);
  await store.open();
  const synced = new Map<string, number>();
  let completed = 0;
  const takeImages = async (before: string) => {
    for (const powerLost of [false, true]) {
      const image = await temporaryDirectory();
      await cp(directory, image, { recursive: true });
      if (powerLost && !(await loseUnsynced(path.join(image, 'checkpoint'), synced))) continue;
      images.push({ directory: image, before, powerLost, calls: completed });
    }
  };
  let last = '';
  const imaged: Interceptor = async (step, proceed) => {
    if (step.name !== 'flush' || last !== 'flush') await takeImages(step.name); // a second flush changes nothing
    await proceed();
    last = step.name;
    if (step.name.endsWith(', synced')) noteSynced(database, synced);
  };
  // What is planted stands before LevelDB, so that the images are of what it does.
  await intercepted(
    (step, proceed) => planted(step, () => imaged(step, proceed) as Promise<unknown>),
    async () => {
      for (const call of calls) {
        await call(store);
        completed++;
      }
      await takeImages('the end');
    },
  );
  await store.close();
  return images;
}

/** LevelDB syncs the log that it appends to, which is the newest. */
function noteSynced(database: string, synced: Map<string, number>): void {
  const newest = readdirSync(database)
    .filter((name) => name.endsWith('.log'))
    .sort()
    .at(-1);
  if (newest !== undefined) synced.set(newest, statSync(path.join(database, newest)).size);
}

/** Whether there was anything to lose. */
async function loseUnsynced(database: string, synced: ReadonlyMap<string, number>): Promise<boolean> {
  let lost = false;
  for (const name of await readdir(database)) {
    if (!name.endsWith('.log')) continue;
    const file = path.join(database, name);
    const length = synced.get(name) ?? 0;
    if (statSync(file).size > length) {
      lost = true;
      await truncate(file, length);
    }
  }
  return lost;
}

/** What is wrong with the images; `states[n]` is what there is after n calls, newest first. */
export async function problemsOf(images: readonly Image[], states: readonly (readonly Content[])[]): Promise<string[]> {
  const problems = images.map(async ({ directory, before, calls }) => {
    const store = new LevelCheckpoints(directory);
    try {
      await store.open();
      const found = JSON.stringify(await contents(store));
      const allowed = states.slice(calls, calls + 2).map((state) => JSON.stringify(expected(...state)));
      const slots = (await store.list()).map(({ slot }) => slot);
      return allowed.includes(found) ? [] : [`before ${before}: there is ${slots}`];
    } catch (error) {
      return [`before ${before}: ${error instanceof Error ? error.message : error}`];
    } finally {
      await store.close();
    }
  });
  return (await Promise.all(problems)).flat();
}
