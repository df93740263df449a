import { randomUUID } from 'node:crypto';
import { access, constants, link, mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import type { Incarnation, Origin } from '../paxos/record.ts';
import type { NodeId } from '../wire/identifiers.ts';
import { syncDirectory, syncNewDirectories, systemCode } from './durable-files.ts';
import { fromSystemError, newerFormat, StorageError, startAnew, textOf } from './storage-error.ts';

/** The layout of the whole data directory: raised when an older version could misread it. 2: it was restored from a backup. */
const formatVersions = { empty: 1, restored: 2 } as const;
const newestVersion = formatVersions.restored;

const fileName = 'identity.json';

const common = {
  nodeId: z.string().min(1),
  incarnation: z.string().min(1),
  createdAt: z.iso.datetime(),
  /** Of all the rest. Directories that were made by the first builds have none. */
  checksum: z.int().optional(),
};
const origin = z.strictObject({
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  revision: z.int().min(1),
  backup: z.strictObject({ clusterId: z.string(), slot: z.int(), revision: z.int(), createdAt: z.iso.datetime() }),
});
/** Nothing else, so that a name with a changed letter is damage, too. */
const content = z.discriminatedUnion('formatVersion', [
  z.strictObject({ formatVersion: z.literal(formatVersions.empty), ...common }),
  z.strictObject({ formatVersion: z.literal(formatVersions.restored), ...common, origin }),
]);

/** The state that a data directory began with, and where it came from. */
export interface IdentityOrigin {
  /** SHA-256 of the canonical state, in hexadecimal. All members of the cluster have the same. */
  readonly digest: Origin;
  /** Of that state. */
  readonly revision: number;
  /** For people. */
  readonly backup: {
    readonly clusterId: string;
    readonly slot: number;
    readonly revision: number;
    readonly createdAt: string;
  };
}

/** Whose data directory it is. Lies in `identity.json`, and never changes. */
export interface Identity {
  readonly formatVersion: number;
  readonly nodeId: NodeId;
  readonly incarnation: Incarnation;
  /** ISO 8601, UTC; for people. */
  readonly createdAt: string;
  /** Absent: it began empty. */
  readonly origin?: IdentityOrigin;
}

/**
 * The identity of a data directory, minted if the directory is empty or not there. To be called before anything else is
 * done to the directory.
 *
 * @throws StorageError WRONG_NODE, IDENTITY_MISSING, IDENTITY_DAMAGED, NEWER_FORMAT, NOT_A_DIRECTORY,
 * DIRECTORY_NOT_WRITABLE, FOREIGN_DIRECTORY, DISK_FULL, IO_ERROR
 */
export async function openIdentity(directory: string, nodeId: NodeId): Promise<Identity> {
  try {
    await makeDirectory(directory);
    if (!(await hasIdentity(directory))) await mintIdentity(directory, nodeId, undefined);
    const identity = await readFrom(directory);
    if (identity.nodeId === nodeId) return identity;
    throw new StorageError(
      'WRONG_NODE',
      `The data directory ${directory} belongs to node ${identity.nodeId}, but this node is ${nodeId}. ` +
        `Start it as ${identity.nodeId}, or give ${nodeId} a directory of its own.`,
    );
  } catch (error) {
    throw fromSystemError(error, `use the data directory ${directory}`);
  }
}

/**
 * The identity of a data directory, without a change to it; undefined if it is empty. Whose it is makes no difference here.
 *
 * @throws StorageError IDENTITY_MISSING, IDENTITY_DAMAGED, NEWER_FORMAT, NOT_A_DIRECTORY, FOREIGN_DIRECTORY, and what
 * `fromSystemError` makes
 */
export async function readIdentity(directory: string): Promise<Identity | undefined> {
  try {
    return (await hasIdentity(directory)) ? await readFrom(directory) : undefined;
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw fromSystemError(error, `read the data directory ${directory}`);
    throw noDirectory(directory, error);
  }
}

async function readFrom(directory: string): Promise<Identity> {
  const file = path.join(directory, fileName);
  return parseIdentity(file, await readFile(file, 'utf8'));
}

/**
 * Makes a data directory from a backup: `fill` puts the state into its store of checkpoints, before anything says whose it is. If that
 * fails, the store is removed.
 *
 * @throws StorageError DIRECTORY_NOT_EMPTY, FOREIGN_DIRECTORY, and what `fromSystemError` makes; what `fill` throws
 */
export async function makeRestoredDirectory(
  directory: string,
  nodeId: NodeId,
  origin: IdentityOrigin,
  fill: () => Promise<void>,
): Promise<Identity> {
  try {
    await makeDirectory(directory);
    const used = (await readdir(directory)).find((name) => !isHarmless(name));
    if (used !== undefined) throw notEmpty(directory, used);
    // Of two that begin at once, one makes it.
    const filled = path.join(directory, 'checkpoint');
    await mkdir(filled, { mode: 0o700 }).catch((error: unknown) => {
      throw systemCode(error) === 'EEXIST' ? notEmpty(directory, 'checkpoint') : error;
    });
    try {
      await fill();
      await mintIdentity(directory, nodeId, origin);
    } catch (error) {
      await rm(filled, { recursive: true, force: true });
      throw error;
    }
    return await readFrom(directory);
  } catch (error) {
    throw fromSystemError(error, `restore into ${directory}`);
  }
}

function notEmpty(directory: string, name: string): StorageError {
  return new StorageError(
    'DIRECTORY_NOT_EMPTY',
    `${directory} is not empty: it has ${name}. A backup is restored into a directory that is empty or new, and nothing is ever ` +
      'overwritten: name another one, or move away what is there.',
  );
}

async function makeDirectory(directory: string): Promise<void> {
  const firstMade = await mkdir(directory, { recursive: true, mode: 0o700 });
  if (firstMade !== undefined) await syncNewDirectories(firstMade, directory);
  await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
}

/** @throws StorageError if there is none, and none may be made */
async function hasIdentity(directory: string): Promise<boolean> {
  const names = await readdir(directory);
  if (names.includes(fileName)) return true;
  const ours = names.find((name) => name === 'journal' || name === 'checkpoint' || name === 'witness');
  if (ours === 'checkpoint' && !names.includes('journal') && !names.includes('witness')) throw unfinished(directory);
  if (ours !== undefined) {
    throw new StorageError(
      'IDENTITY_MISSING',
      `The data directory ${directory} has a ${ours} but no ${fileName}, so nothing says whose it is. Put the file back from ` +
        `where it went; if it is lost, ${startAnew}.`,
    );
  }
  const foreign = names.find((name) => !isHarmless(name));
  if (foreign === undefined) return false;
  throw new StorageError(
    'FOREIGN_DIRECTORY',
    `The directory ${directory} is not a data directory, and not empty: it has ${foreign}. Name one that is, or one that is empty or new.`,
  );
}

function unfinished(directory: string): StorageError {
  return new StorageError(
    'IDENTITY_MISSING',
    `The data directory ${directory} has checkpoints, but neither a journal nor ${fileName}: a restore into it was interrupted. ` +
      'Delete what is in it, and restore once more.',
  );
}

/** What an interrupted start leaves behind, and what a file system puts into its root. */
function isHarmless(name: string): boolean {
  return name === 'lost+found' || (name.startsWith(`${fileName}.`) && name.endsWith('.new'));
}

/**
 * The file appears whole or not at all, and once: of two processes that start in an empty directory, both go on with the
 * identity of the first. (That is why it is linked to its name: renaming would replace the other's.)
 */
async function mintIdentity(directory: string, nodeId: NodeId, origin: IdentityOrigin | undefined): Promise<void> {
  const incarnation = randomUUID();
  const createdAt = new Date().toISOString();
  const identity: Identity =
    origin === undefined
      ? { formatVersion: formatVersions.empty, nodeId, incarnation, createdAt }
      : { formatVersion: formatVersions.restored, nodeId, incarnation, createdAt, origin };
  const fresh = path.join(directory, `${fileName}.${incarnation}.new`);
  const file = await open(fresh, 'wx', 0o600);
  try {
    const text = JSON.stringify({ ...identity, checksum: checksumOf(identity) }, undefined, 2);
    await file.writeFile(`${text}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(fresh, path.join(directory, fileName));
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
  }
  await rm(fresh);
  await syncDirectory(directory);
}

function parseIdentity(file: string, text: string): Identity {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damaged(file, textOf(error), error);
  }
  const version = z.object({ formatVersion: z.int() }).safeParse(value);
  if (version.success && version.data.formatVersion > newestVersion) {
    throw newerFormat(
      file,
      new Error(`format ${version.data.formatVersion}; known are formats up to ${newestVersion}`),
    );
  }
  const parsed = content.safeParse(value);
  if (!parsed.success) throw damaged(file, z.prettifyError(parsed.error), parsed.error);
  const { checksum, ...rest } = parsed.data;
  const identity: Identity = { ...rest, nodeId: rest.nodeId as NodeId };
  if (checksum === undefined || checksum === checksumOf(identity)) return identity;
  throw damaged(file, 'it does not match its checksum', undefined);
}

/** One letter of an incarnation more or less would else be taken for another directory's. */
function checksumOf({ formatVersion: version, nodeId, incarnation, createdAt, origin: began }: Identity): number {
  const own = [version, nodeId, incarnation, createdAt];
  if (began === undefined) return crc32(JSON.stringify(own));
  const { digest, revision, backup } = began;
  const from = [digest, revision, backup.clusterId, backup.slot, backup.revision, backup.createdAt];
  return crc32(JSON.stringify([...own, ...from]));
}

function noDirectory(directory: string, cause: unknown): StorageError {
  return new StorageError('NOT_A_DIRECTORY', `There is no directory ${directory}.`, { cause });
}

function damaged(file: string, problem: string, cause: unknown): StorageError {
  return new StorageError(
    'IDENTITY_DAMAGED',
    `${file} is damaged: ${problem}. Put back what it was; if that is lost, ${startAnew}.`,
    { cause },
  );
}
