import { access, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type BackupHeader, encodeFrame, frameHeadBytes } from '../../src/storage/backup-codec.ts';
import { BackupError } from '../../src/storage/backup-error.ts';
import { BackupReader } from '../../src/storage/backup-reader.ts';
import { BackupWriter } from '../../src/storage/backup-writer.ts';
import { noise } from './records.ts';

const header: BackupHeader = {
  clusterId: 'c',
  clusterName: 'conclave',
  nodeId: 'n2',
  programVersion: '1.2.3',
  createdAtMs: 1_764_380_000_000,
  slot: 12,
  revision: 11,
  stateHash: '0123456789abcdef',
  stale: false,
  expectedBytes: 0,
};
const chunks = [noise(1, 40), noise(2, 70), noise(3, 0), noise(4, 25)];

let directory: string;
let file: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'conclave-backup-'));
  file = path.join(directory, 'backup');
});

afterEach(() => rm(directory, { recursive: true, force: true }));

async function save(options = { force: false }, parts: readonly Uint8Array[] = chunks): Promise<Buffer> {
  const writer = await BackupWriter.create(file, header, options);
  for (const part of parts) await writer.append(part);
  await writer.finish();
  await writer.publish();
  const bytes = await readFile(file);
  expect(writer.fileBytes).toBe(bytes.length);
  return bytes;
}

/** What a reader makes of these bytes: the number of chunks, or the code of its error. */
async function verdictOn(bytes: Uint8Array): Promise<string | number> {
  const other = path.join(directory, 'other');
  await writeFile(other, bytes);
  let reader: BackupReader | undefined;
  try {
    reader = await BackupReader.open(other);
    let count = 0;
    for await (const _ of reader.chunks()) count += 1;
    return count;
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    expect(error.message).toContain(other);
    return error.code;
  } finally {
    await reader?.close();
  }
}

const exists = (name: string): Promise<boolean> =>
  access(name).then(
    () => true,
    () => false,
  );

describe('a backup', () => {
  test('is read as it was written', async () => {
    const bytes = await save();
    const reader = await BackupReader.open(file);
    expect(reader.header).toEqual(header);
    const read: Uint8Array[] = [];
    for await (const chunk of reader.chunks()) read.push(chunk);
    expect(read.map((chunk) => Buffer.from(chunk))).toEqual(chunks.map((chunk) => Buffer.from(chunk)));
    expect(reader.trailer).toMatchObject({ chunks: 4, bytes: 135 });
    expect(reader.position).toBe(bytes.length);
    await reader.close();
  });

  test('may be without chunks', async () => {
    expect(await verdictOn(await save({ force: false }, []))).toBe(0);
  });

  test('has its name when it is whole, and not before; nobody else may read it', async () => {
    const writer = await BackupWriter.create(file, header, { force: false });
    await writer.append(noise(1, 10));
    expect([await exists(file), await exists(`${file}.part`)]).toEqual([false, true]);
    await writer.finish();
    expect(await exists(file)).toBe(false);
    await writer.publish();
    expect([await exists(file), await exists(`${file}.part`)]).toEqual([true, false]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test('leaves nothing when it is discarded', async () => {
    const writer = await BackupWriter.create(file, header, { force: false });
    await writer.append(noise(1, 10));
    await writer.discard();
    expect([await exists(file), await exists(`${file}.part`)]).toEqual([false, false]);
  });
});

describe('of a damaged one nothing is taken', () => {
  test('whichever byte is changed, and however', async () => {
    const bytes = await save();
    for (let at = 0; at < bytes.length; at++) {
      for (const flip of [0x01, 0x80, 0xff]) {
        const damaged = Buffer.from(bytes);
        damaged[at] = (damaged[at] as number) ^ flip;
        expect([at, await verdictOn(damaged)]).toEqual([at, at < 8 ? 'NOT_A_BACKUP' : 'BACKUP_DAMAGED']);
      }
    }
  });

  test('wherever it ends', async () => {
    const bytes = await save();
    for (let length = 0; length < bytes.length; length++) {
      const verdict = await verdictOn(bytes.subarray(0, length));
      expect([length, verdict]).toEqual([length, length < 8 ? 'NOT_A_BACKUP' : 'BACKUP_DAMAGED']);
    }
  });

  test('whatever comes after its end', async () => {
    const bytes = await save();
    expect(await verdictOn(Buffer.concat([bytes, Uint8Array.of(0)]))).toBe('BACKUP_DAMAGED');
    expect(await verdictOn(Buffer.concat([bytes, bytes]))).toBe('BACKUP_DAMAGED');
  });

  test('if whole chunks are left out, repeated, exchanged, or of another backup, each with its checksum', async () => {
    const bytes = await save();
    const frames = chunks.map((chunk) => encodeFrame('chunk', chunk));
    const chunkBytes = frames.reduce((sum, { length }) => sum + length, 0);
    const trailerBytes = bytes.length - bytes.indexOf(Buffer.from(frames[0] as Uint8Array)) - chunkBytes;
    const head = bytes.subarray(0, bytes.length - trailerBytes - chunkBytes);
    const tail = bytes.subarray(bytes.length - trailerBytes);
    const [a, b, c, d] = frames as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    const put = (...parts: Uint8Array[]) => verdictOn(Buffer.concat([head, ...parts, tail]));
    expect(await put(a, b, c, d)).toBe(4);
    const foreign = encodeFrame('chunk', noise(9, 70));
    for (const parts of [[a, b, d], [b, c, d], [a, a, b, c, d], [a, c, b, d], [a, foreign, c, d], []]) {
      expect(await put(...parts)).toBe('BACKUP_DAMAGED');
    }
    expect(await put(a, bytes.subarray(8, head.length), b, c, d)).toBe('BACKUP_DAMAGED');
  });

  test('by any damage at random', async () => {
    const bytes = await save();
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.uint8Array({ minLength: 1, maxLength: 40 }), async (at, noise) => {
        const damaged = Buffer.from(bytes);
        damaged.set(noise.subarray(0, damaged.length - at), at);
        fc.pre(!damaged.equals(bytes));
        expect(typeof (await verdictOn(damaged))).toBe('string');
      }),
      { numRuns: 300 },
    );
  });

  test('that says that it is longer than it may be, without room being made for it', async () => {
    const bytes = await save();
    const huge = Buffer.from(bytes);
    huge.writeUInt32BE(0xffff_fff0, 8 + 5);
    expect(frameHeadBytes).toBe(9);
    expect(await verdictOn(huge)).toBe('BACKUP_DAMAGED');
  });

  test('and a file of something else is told apart', async () => {
    expect(await verdictOn(Buffer.from('{"json": true}'))).toBe('NOT_A_BACKUP');
    const missing = path.join(directory, 'missing');
    await expect(BackupReader.open(missing)).rejects.toMatchObject({ code: 'FILE_NOT_READABLE' });
    await expect(BackupReader.open(directory)).rejects.toMatchObject({ code: 'FILE_NOT_READABLE' });
  });
});

describe('a file that is there', () => {
  test('is kept, and its content, unless it is to be replaced', async () => {
    const first = await save();
    await expect(BackupWriter.create(file, header, { force: false })).rejects.toMatchObject({ code: 'FILE_EXISTS' });
    expect((await readFile(file)).equals(first)).toBe(true);
    const second = await save({ force: true }, [noise(5, 5)]);
    expect(second.equals(first)).toBe(false);
  });

  test('is kept, too, if it comes while another is being written', async () => {
    const writer = await BackupWriter.create(file, header, { force: false });
    await writer.finish();
    await writeFile(file, 'somebody’s');
    await expect(writer.publish()).rejects.toMatchObject({ code: 'FILE_EXISTS' });
    expect(await readFile(file, 'utf8')).toBe('somebody’s');
    await writer.discard();
    expect(await exists(`${file}.part`)).toBe(false);
  });

  test('of an attempt that was killed is in the way, and is replaced with force', async () => {
    await writeFile(`${file}.part`, 'half');
    await expect(BackupWriter.create(file, header, { force: false })).rejects.toMatchObject({ code: 'FILE_EXISTS' });
    expect(await verdictOn(await save({ force: true }))).toBe(4);
  });

  test('cannot be in a directory that is not there', async () => {
    const writing = BackupWriter.create(path.join(directory, 'no', 'backup'), header, { force: false });
    await expect(writing).rejects.toMatchObject({ code: 'FILE_NOT_WRITABLE' });
  });
});
