import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { asVoters } from '../../src/paxos/configuration.ts';
import { configurationValue } from '../../src/paxos/configuration-codec.ts';
import type { ClusterMember, Genesis, Member } from '../../src/paxos/record.ts';
import { resolveConfig } from '../../src/server/config.ts';
import { startNode } from '../../src/server/node.ts';
import { openIdentity } from '../../src/storage/identity.ts';
import { LevelCheckpoints } from '../../src/storage/level-checkpoints.ts';
import { LevelJournal } from '../../src/storage/level-journal.ts';
import type { NodeId } from '../../src/wire/identifiers.ts';
import { contentOf, opened, write } from '../storage/checkpoints.ts';
import { filled, storageError, temporaryDirectory } from '../storage/journals.ts';
import { acceptedOf, node1, recordOf } from '../storage/records.ts';

const initial = 'n1=127.0.0.1:7101,n2=127.0.0.1:7102,n3=127.0.0.1:7103';

/** Of n1, one of three at first, and the only voter since slot 1; LevelDB can make nothing of its checkpoints. */
async function ruinedDirectory(besides: readonly ClusterMember['standing'][]): Promise<string> {
  const directory = await temporaryDirectory();
  const { incarnation } = await openIdentity(directory, node1);
  const members = initial.split(',').map((text): Member => {
    const [nodeId = '', address = ''] = text.split('=');
    return { nodeId: nodeId as NodeId, incarnation, address };
  });
  const settings = { leaseMs: 200, clockDriftPermille: 100, leases: true };
  const genesis: Genesis = { clusterId: 'c', clusterName: 'conclave', members, settings };
  const standings = ['voter', ...besides] as const;
  const changed = asVoters(members).flatMap((member, at) => {
    const standing = standings[at];
    return standing === undefined ? [] : [{ ...member, standing }];
  });
  const accepted = [acceptedOf(1, 1, configurationValue(changed))];
  const promised = { round: 1, nodeId: node1 };
  await filled(new LevelJournal(directory), [
    recordOf(1, { genesis, formed: true }),
    recordOf(2, { promised, accepted, formed: true }),
    recordOf(3, { promised, chosenThrough: 1, formed: true }),
  ]);
  const store = await opened(new LevelCheckpoints(directory));
  await write(store, contentOf(1));
  await store.close();
  await rm(path.join(directory, 'checkpoint', 'CURRENT'));
  return directory;
}

test.each<[string, readonly ClusterMember['standing'][]]>([
  ['the last one of a cluster that had more members', []],
  ['the only voter beside learners, which may have nothing yet,', ['learner', 'joining']],
])('%s does not delete checkpoints that are damaged', async (_, besides) => {
  const dataDir = await ruinedDirectory(besides);
  const files = await readdir(path.join(dataDir, 'checkpoint'));
  const settings = { id: 'n1', dataDir, listen: '127.0.0.1:0', http: '127.0.0.1:0', initial, logLevel: 'silent' };
  await storageError(startNode(resolveConfig({ flags: settings })), 'CHECKPOINT_DAMAGED');
  expect(await readdir(path.join(dataDir, 'checkpoint'))).toEqual(files);
});
