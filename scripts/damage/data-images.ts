import { cp, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { DirectoryReport } from '../../src/cli/inspect/directory-report.ts';
import { inspectDirectory, inspectIdentity } from '../../src/cli/inspect/inspect-directory.ts';
import { readJournal } from '../../src/cli/inspect/journal-reading.ts';
import type { JournalRecord } from '../../src/paxos/record.ts';
import { ReadOnlyCopy } from '../../src/storage/read-only-copy.ts';
import { journalDamaged, StorageError } from '../../src/storage/storage-error.ts';
import type { TestNode } from '../../src/testing/cluster/test-node.ts';

const never = new AbortController().signal;

/** Copies of data directories, to begin each case with the same. */
export class DataImages {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  of(node: TestNode): string {
    return path.join(this.#directory, node.id);
  }

  olderOf(node: TestNode): string {
    return path.join(this.#directory, `${node.id}-older`);
  }

  /** Of a node that is down. */
  async keep(node: TestNode): Promise<void> {
    await mkdir(this.#directory, { recursive: true });
    await cp(node.dataDir, this.of(node), { recursive: true });
  }

  async keepOlder(node: TestNode): Promise<void> {
    await mkdir(this.#directory, { recursive: true });
    await cp(node.dataDir, this.olderOf(node), { recursive: true });
  }

  async restore(node: TestNode): Promise<void> {
    await rm(node.dataDir, { recursive: true, force: true });
    await cp(this.of(node), node.dataDir, { recursive: true });
  }
}

/** What `conclave inspect` says. */
export async function inspected(directory: string): Promise<DirectoryReport> {
  const identity = await inspectIdentity(directory);
  const copy = await ReadOnlyCopy.make(directory);
  try {
    return await inspectDirectory(directory, identity, copy, never);
  } finally {
    await copy.remove();
  }
}

/** Every record of a journal, as text; undefined: it cannot be read to its end. */
export async function journalText(directory: string): Promise<string | undefined> {
  try {
    return JSON.stringify(await recordsOf(directory), (_, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
    );
  } catch (error) {
    if (error instanceof StorageError) return undefined;
    throw error;
  }
}

/** Every record of a journal. Nothing is changed. @throws StorageError if it cannot be read to its end */
export async function recordsOf(directory: string): Promise<readonly JournalRecord[]> {
  const copy = await ReadOnlyCopy.make(directory);
  const records: JournalRecord[] = [];
  try {
    await copy.addFile('witness');
    if (!(await copy.addDatabase('journal'))) throw journalDamaged(directory, 'it is gone');
    for await (const { record } of readJournal(copy, never)) records.push(record);
    return records;
  } finally {
    await copy.remove();
  }
}
