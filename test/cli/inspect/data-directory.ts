import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { Level } from 'level';
import { asVoters } from '../../../src/paxos/configuration.ts';
import { configurationValue } from '../../../src/paxos/configuration-codec.ts';
import type { ClusterMember, Genesis, JournalRecord } from '../../../src/paxos/record.ts';
import { type Identity, openIdentity } from '../../../src/storage/identity.ts';
import { LevelCheckpoints } from '../../../src/storage/level-checkpoints.ts';
import { LevelJournal } from '../../../src/storage/level-journal.ts';
import { emptyBytes } from '../../../src/wire/bytes.ts';
import type { NodeId } from '../../../src/wire/identifiers.ts';
import { TestMachine } from '../../machine/harness.ts';
import { opened } from '../../storage/checkpoints.ts';
import { filled, temporaryDirectory } from '../../storage/journals.ts';
import { acceptedOf, node1, noise, recordOf } from '../../storage/records.ts';
import { started } from '../../storage/started.ts';

export interface DirectorySetup {
  /** Default: three. */
  readonly memberCount?: number;
  /** Of the checkpoints, oldest first. */
  readonly checkpointSlots?: readonly number[];
  readonly trimmedThrough?: number;
  /** What the slot chooses, of the members that there were at first; undefined: operations. */
  readonly membersIn?:
    | ((slot: number, founders: readonly ClusterMember[]) => readonly ClusterMember[] | undefined)
    | undefined;
}

/** How much a value in the journal has. */
export const valueBytes = 1000;

/** The data directory of node n1 of a cluster: ten slots, each in a record of its own after the one with the genesis. */
export async function makeDataDirectory(setup: DirectorySetup = {}): Promise<string> {
  const directory = await realpath(await temporaryDirectory());
  const identity = await openIdentity(directory, node1);
  const genesis = genesisOf(identity, setup.memberCount ?? 3);
  const promised = { round: 4, nodeId: 'n2' as NodeId };
  const records: JournalRecord[] = [recordOf(1, { genesis })];
  for (let slot = 1; slot <= 10; slot++) {
    const members = setup.membersIn?.(slot, asVoters(genesis.members));
    const value = members === undefined ? noise(slot, valueBytes) : configurationValue(members);
    const accepted = [acceptedOf(slot, 4, value)];
    const seen = genesis.members
      .slice(1)
      .map(({ nodeId, incarnation }) => ({ nodeId, incarnation, sequence: slot + 20 }));
    records.push(recordOf(slot + 1, { promised, chosenThrough: slot - 1, accepted, seen, formed: true }));
  }
  await filled(new LevelJournal(directory), records);
  const store = await opened(new LevelCheckpoints(directory));
  for (const slot of setup.checkpointSlots ?? []) {
    const chosenIn = Array.from({ length: slot }, (_, index) => index + 1);
    const members = chosenIn.flatMap((chosen) => setup.membersIn?.(chosen, asVoters(genesis.members)) ?? []);
    await writeCheckpoint(store, slot, undefined, members);
  }
  await store.close();
  if (setup.trimmedThrough !== undefined) await trim(directory, setup.trimmedThrough, genesis);
  return directory;
}

/** Of a real state, after so many slots, in chunks of some hundred bytes. */
export async function writeCheckpoint(
  store: LevelCheckpoints,
  slot: number,
  hash?: string,
  members: readonly ClusterMember[] = [],
): Promise<void> {
  const machine = new TestMachine();
  const session = machine.open();
  session.lock('lock');
  // In the third slot, wherever the journal has it.
  if (members.length > 0) machine.machine.apply(3, configurationValue(members));
  for (let key = machine.machine.appliedSlot + 1; key <= slot; key++) session.put(`key${key}`, 'value'.repeat(40));
  const snapshot = machine.machine.snapshot();
  const writer = store.begin(slot);
  let [chunks, bytes] = [0, 0];
  for (const chunk of snapshot.chunks(300)) {
    await writer.append(chunk);
    chunks += 1;
    bytes += chunk.length;
  }
  await writer.finish({
    slot,
    revision: snapshot.revision,
    hash: hash ?? snapshot.hash,
    chunks,
    bytes,
    header: emptyBytes,
  });
}

async function trim(directory: string, throughSlot: number, genesis: Genesis): Promise<void> {
  const journal = await started(new LevelJournal(directory));
  const promised = { round: 4, nodeId: 'n2' as NodeId };
  const [chosenThrough, trimmedThrough] = [throughSlot, throughSlot];
  const rest = { seen: [], genesis, formed: true, configuration: undefined };
  await journal.trim(throughSlot, { promised, chosenThrough, trimmedThrough, ...rest });
  await journal.close();
}

function genesisOf({ nodeId, incarnation }: Identity, memberCount: number): Genesis {
  const others = Array.from({ length: memberCount - 1 }, (_, index) => index + 2);
  return {
    clusterId: 'the-cluster',
    clusterName: 'test',
    members: [
      { nodeId, incarnation, address: '127.0.0.1:7101' },
      ...others.map((number) => {
        const id = `n${number}`;
        return { nodeId: id as NodeId, incarnation: `i${number}`, address: `127.0.0.1:710${number}` };
      }),
    ],
    settings: { leaseMs: 200, clockDriftPermille: 100, leases: true },
  };
}

type Database = Level<Uint8Array, Uint8Array>;

/** Does damage that LevelDB does not know of. */
export async function change(
  directory: string,
  name: 'journal' | 'checkpoint',
  damage: (database: Database) => Promise<unknown>,
): Promise<void> {
  const database: Database = new Level(path.join(directory, name), {
    keyEncoding: 'view',
    valueEncoding: 'view',
    compression: false,
  });
  await database.open();
  await damage(database);
  await database.close();
}

/** Of what lies under the key, changes one bit. */
export async function flipBit(database: Database, key: Uint8Array): Promise<void> {
  const frame = (await database.get(key)) as Uint8Array;
  frame[10] = (frame[10] as number) ^ 4;
  await database.put(key, frame);
}
