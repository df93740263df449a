import { cp, open, readdir, rm, stat, truncate } from 'node:fs/promises';
import path from 'node:path';
import type { Damage, DamageScene, Expectation } from './damage.ts';

/** Every kind of file that a node has in its data directory. */
interface FileKind {
  readonly part: string;
  readonly folder: string;
  readonly name: RegExp;
  readonly expected: Expectation;
  readonly names: RegExp;
}

const anyMessage = /./;
const journalMessage = /\/journal\b/;

export const fileKinds: readonly FileKind[] = [
  { part: 'identity.json', folder: '', name: /^identity\.json$/, expected: 'refuses', names: /identity\.json/ },
  { part: 'witness', folder: '', name: /^witness$/, expected: 'serves', names: anyMessage },
  { part: 'owner.pid', folder: '', name: /^owner\.pid$/, expected: 'serves', names: anyMessage },
  ...database('journal', 'either', journalMessage),
  ...database('checkpoint', 'serves', anyMessage),
];

function database(folder: string, expected: Expectation, names: RegExp): readonly FileKind[] {
  return [
    { part: `${folder}/CURRENT`, folder, name: /^CURRENT$/, expected, names },
    { part: `${folder}/MANIFEST-*`, folder, name: /^MANIFEST-\d+$/, expected, names },
    { part: `${folder}/*.log`, folder, name: /^\d+\.log$/, expected, names },
    { part: `${folder}/*.ldb`, folder, name: /^\d+\.ldb$/, expected, names },
    // LevelDB locks the one, and tells people things in the other; nothing is read of either.
    { part: `${folder}/LOCK`, folder, name: /^LOCK$/, expected: 'serves', names },
    { part: `${folder}/LOG`, folder, name: /^LOG(?:\.old)?$/, expected: 'serves', names },
  ];
}

/** The largest file of a kind; undefined: there is none. */
export async function fileOf(directory: string, { folder, name }: FileKind): Promise<string | undefined> {
  const names = await readdir(path.join(directory, folder)).catch(() => []);
  const files = names.filter((candidate) => name.test(candidate)).map((found) => path.join(directory, folder, found));
  const sizes = await Promise.all(files.map(async (file) => ({ file, bytes: (await stat(file)).size })));
  return sizes.sort((a, b) => b.bytes - a.bytes)[0]?.file;
}

/** Of each kind of file, all that can befall one; flipped bytes are spread evenly over it. */
export function fileDamages(flips: number): readonly Damage[] {
  return fileKinds.flatMap((kind) => damagesOf(kind, flips));
}

function damagesOf(kind: FileKind, flips: number): readonly Damage[] {
  const damage = (deed: string, act: (file: string, scene: DamageScene) => Promise<void>): Damage => ({
    part: kind.part,
    deed,
    expected: kind.expected,
    names: kind.names,
    inflict: async (scene) => {
      const file = await fileOf(scene.directory, kind);
      if (file === undefined) throw new Error(`there is no ${kind.part} in ${scene.directory}`);
      await act(file, scene);
    },
  });
  const replaceByOlder = async (file: string, { older }: DamageScene): Promise<void> => {
    const source = await fileOf(older, kind);
    await (source === undefined ? rm(file) : cp(source, file));
  };
  const positions = Array.from({ length: flips }, (_, index) => (flips === 1 ? 0.5 : index / (flips - 1)));
  return [
    ...positions.map((position) => damage(flipName(position), (file) => flip(file, position))),
    // How long the first key is: LevelDB believes it.
    ...(kind.part.endsWith('.ldb') ? [damage('its first length changed', (file) => flipAt(file, 1))] : []),
    damage('cut in half', async (file) => truncate(file, Math.floor((await stat(file)).size / 2))),
    damage('emptied', (file) => truncate(file, 0)),
    damage('deleted', (file) => rm(file)),
    // An identity never changes, so that an older one is the same.
    ...(kind.part === 'identity.json' ? [] : [damage('an older one', replaceByOlder)]),
  ];
}

function flipName(position: number): string {
  return `a byte flipped, at ${Math.round(position * 100)} %`;
}

/** In place, as bits rot: LevelDB may have the file mapped into memory. An empty one has none. */
async function flip(file: string, position: number): Promise<void> {
  const { size } = await stat(file);
  if (size === 0) return;
  await flipAt(file, Math.min(size - 1, Math.floor(position * size)));
}

async function flipAt(file: string, at: number): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, at);
    await handle.write(Uint8Array.of((buffer[0] ?? 0) ^ 0x55), 0, 1, at);
  } finally {
    await handle.close();
  }
}
