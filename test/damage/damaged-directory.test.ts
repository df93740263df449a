import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { directoryDamages, recordDamages } from '../../scripts/damage/content-damages.ts';
import type { Damage } from '../../scripts/damage/damage.ts';
import { DamageCluster } from '../../scripts/damage/damage-cluster.ts';
import { fileDamages } from '../../scripts/damage/file-damages.ts';
import { verdictText } from '../../scripts/damage/table.ts';

/**
 * Of `npm run damage`, which knows all files and all damages and kills real processes, a few that stand for the rest: each verdict that a
 * node can come to is here. The nodes are in this process; clients of the damaged one and of the others read and write, and compare.
 */
let cluster: DamageCluster;

beforeAll(async () => {
  cluster = await DamageCluster.make('inProcess');
}, 120_000);

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]();
});

const damages = [...fileDamages(1), ...recordDamages, ...directoryDamages];

function damageOf(part: string, deed: string): Damage {
  const found = damages.find((damage) => damage.part === part && damage.deed.startsWith(deed));
  if (found === undefined) throw new Error(`there is no damage ${part}, ${deed}`);
  return found;
}

describe('a node whose data directory is damaged serves what is right, or says what is wrong and does not vote', () => {
  test.each([
    ['identity.json', 'a byte flipped', 'refuses: `IDENTITY_DAMAGED`'],
    ['journal/*.log', 'a byte flipped', 'refuses: `JOURNAL_DAMAGED`'],
    ['journal/*.ldb', 'its first length changed', 'refuses: `JOURNAL_DAMAGED`'],
    ['journal', 'a record in the middle dropped', 'refuses: `JOURNAL_DAMAGED`'],
    ['journal', 'its last record dropped, and the witness', 'refuses: `ROLLED_BACK`'],
    ['the data directory', 'deleted', 'is taken in anew, and votes once it has caught up'],
    ['the data directory', 'an older one', 'refuses: `ROLLED_BACK`'],
    ['witness', 'emptied', 'serves, and tells of it'],
    ['checkpoint', 'the newest chunk dropped', 'serves, and tells of it'],
    ['checkpoint', 'deleted', 'serves, once another node has sent it a state'],
  ])(
    '%s, %s: %s',
    async (part, deed, expected) => {
      const { verdict, findings } = await cluster.run(damageOf(part, deed));
      expect(findings).toEqual([]);
      expect(verdictText(verdict)).toBe(expected);
    },
    60_000,
  );
});
