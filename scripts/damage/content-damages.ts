import { cp, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { Level } from 'level';
import {
  firstKey as firstCheckpointKey,
  isManifestKey,
  pastLastKey as pastLastCheckpointKey,
} from '../../src/storage/checkpoint-key.ts';
import { firstAnchorKey, firstKey, pastLastAnchorKey, pastLastKey } from '../../src/storage/record-key.ts';
import type { Damage, DamageScene } from './damage.ts';

type Database = Level<Uint8Array, Uint8Array>;

const journalMessage = /\/journal\b/;
const anyMessage = /./;

/** What LevelDB takes for a database in order: it is rewritten without some entry. */
export const recordDamages: readonly Damage[] = [
  dropRecord('its first record dropped', (keys) => keys.slice(0, 1)),
  dropRecord('a record in the middle dropped', (keys) => keys.slice(keys.length >> 1, (keys.length >> 1) + 1)),
  dropRecord('its last record dropped', (keys) => keys.slice(-1)),
  {
    ...dropRecord('its last record dropped, and the witness with it', (keys) => keys.slice(-1)),
    inflict: async ({ directory }) => {
      await dropKeys(directory, 'journal', firstKey, pastLastKey, (keys) => keys.slice(-1));
      await rm(path.join(directory, 'witness'));
    },
    names: /ROLLED_BACK/,
  },
  {
    part: 'journal',
    deed: 'its anchor dropped',
    expected: 'refuses',
    names: journalMessage,
    inflict: ({ directory }) => dropKeys(directory, 'journal', firstAnchorKey, pastLastAnchorKey, (keys) => keys),
  },
  dropCheckpointKeys('the newest manifest dropped', (keys) => keys.filter(isManifestKey).slice(-1)),
  dropCheckpointKeys('both manifests dropped', (keys) => keys.filter(isManifestKey)),
  dropCheckpointKeys('the newest chunk dropped', (keys) => keys.slice(-1)),
  dropCheckpointKeys('all chunks dropped', (keys) => keys.filter((key) => !isManifestKey(key))),
];

const foreign = { expected: 'refuses', names: /ROLLED_BACK/ } as const;

/** Whole directories. */
export const directoryDamages: readonly Damage[] = [
  { ...deleted('journal', 'journal'), expected: 'refuses', names: journalMessage },
  { ...deleted('journal and witness', 'journal', 'witness'), expected: 'refuses', names: journalMessage },
  { ...deleted('checkpoint', 'checkpoint'), expected: 'serves', names: anyMessage },
  { ...deleted('all but identity.json', 'journal', 'checkpoint', 'witness'), ...foreign },
  {
    part: 'the data directory',
    deed: 'deleted',
    expected: 'is taken in',
    names: anyMessage,
    inflict: ({ directory }) => rm(directory, { recursive: true }),
  },
  { ...replaced('journal', 'journal'), expected: 'refuses', names: journalMessage },
  { ...replaced('journal and witness', 'journal', 'witness'), expected: 'refuses', names: /ROLLED_BACK/ },
  { ...replaced('checkpoint', 'checkpoint'), expected: 'serves', names: anyMessage },
  {
    part: 'the data directory',
    deed: 'an older one',
    ...foreign,
    inflict: async ({ directory, older }) => {
      await rm(directory, { recursive: true });
      await cp(older, directory, { recursive: true });
    },
  },
];

function dropRecord(deed: string, pick: (keys: readonly Uint8Array[]) => readonly Uint8Array[]): Damage {
  return {
    part: 'journal',
    deed,
    expected: 'refuses',
    names: journalMessage,
    inflict: ({ directory }) => dropKeys(directory, 'journal', firstKey, pastLastKey, pick),
  };
}

function dropCheckpointKeys(deed: string, pick: (keys: readonly Uint8Array[]) => readonly Uint8Array[]): Damage {
  return {
    part: 'checkpoint',
    deed,
    expected: 'serves',
    names: anyMessage,
    inflict: ({ directory }) => dropKeys(directory, 'checkpoint', firstCheckpointKey, pastLastCheckpointKey, pick),
  };
}

function deleted(part: string, ...names: readonly string[]): Pick<Damage, 'part' | 'deed' | 'inflict'> {
  const inflict = async ({ directory }: DamageScene): Promise<void> => {
    for (const name of names) await rm(path.join(directory, name), { recursive: true });
  };
  return { part, deed: 'deleted', inflict };
}

function replaced(part: string, ...names: readonly string[]): Pick<Damage, 'part' | 'deed' | 'inflict'> {
  const inflict = async ({ directory, older }: DamageScene): Promise<void> => {
    for (const name of names) {
      await rm(path.join(directory, name), { recursive: true });
      await cp(path.join(older, name), path.join(directory, name), { recursive: true });
    }
  };
  return { part, deed: 'an older one', inflict };
}

async function dropKeys(
  directory: string,
  name: 'journal' | 'checkpoint',
  from: Uint8Array,
  to: Uint8Array,
  pick: (keys: readonly Uint8Array[]) => readonly Uint8Array[],
): Promise<void> {
  const location = path.join(directory, name);
  if (!(await readdir(location)).includes('CURRENT')) throw new Error(`${location} is no database`);
  const database: Database = new Level(location, { keyEncoding: 'view', valueEncoding: 'view', compression: false });
  await database.open();
  try {
    const dropped = pick(await database.keys({ gte: from, lt: to }).all());
    if (dropped.length === 0) throw new Error(`there is nothing to drop in ${location}`);
    await database.batch(dropped.map((key) => ({ type: 'del' as const, key })));
  } finally {
    await database.close();
  }
}
