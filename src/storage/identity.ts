import { randomUUID } from 'node:crypto';
import { access, constants, link, mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { Incarnation } from '../paxos/record.ts';
import type { NodeId } from '../wire/identifiers.ts';
import { syncDirectory, syncNewDirectories, systemCode } from './durable-files.ts';
import { fromSystemError, newerFormat, StorageError, startAnew, textOf } from './storage-error.ts';

/** The layout of the whole data directory: raised when an older version could misread it. */
const formatVersion = 1;

const fileName = 'identity.json';

const content = z.object({
  formatVersion: z.literal(formatVersion),
  nodeId: z.string().min(1),
  incarnation: z.string().min(1),
  createdAt: z.iso.datetime(),
});

/** Whose data directory it is. Lies in `identity.json`, and never changes. */
export interface Identity {
  readonly formatVersion: number;
  readonly nodeId: NodeId;
  readonly incarnation: Incarnation;
  /** ISO 8601, UTC; for people. */
  readonly createdAt: string;
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
    if (!(await hasIdentity(directory))) await mintIdentity(directory, nodeId);
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

/** What an interrupted start leaves behind, and what a file system puts into its root. */
function isHarmless(name: string): boolean {
  return name === 'lost+found' || (name.startsWith(`${fileName}.`) && name.endsWith('.new'));
}

/**
 * The file appears whole or not at all, and once: of two processes that start in an empty directory, both go on with the
 * identity of the first. (That is why it is linked to its name: renaming would replace the other's.)
 */
async function mintIdentity(directory: string, nodeId: NodeId): Promise<void> {
  const incarnation = randomUUID();
  const identity: Identity = { formatVersion, nodeId, incarnation, createdAt: new Date().toISOString() };
  const fresh = path.join(directory, `${fileName}.${incarnation}.new`);
  const file = await open(fresh, 'wx', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(identity, undefined, 2)}\n`);
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
  if (version.success && version.data.formatVersion > formatVersion) {
    throw newerFormat(
      file,
      new Error(`format ${version.data.formatVersion}; known are formats up to ${formatVersion}`),
    );
  }
  const parsed = content.safeParse(value);
  if (!parsed.success) throw damaged(file, z.prettifyError(parsed.error), parsed.error);
  return { ...parsed.data, nodeId: parsed.data.nodeId as NodeId };
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
