import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { type IdentityOrigin, makeRestoredDirectory, openIdentity, readIdentity } from '../../src/storage/identity.ts';
import { LevelJournal } from '../../src/storage/level-journal.ts';
import type { NodeId } from '../../src/wire/identifiers.ts';
import { asAnyUser } from './any-user.ts';
import { snapshotOf } from './directory-snapshot.ts';
import { filled, storageError, temporaryDirectory } from './journals.ts';
import { node1, slotRecords } from './records.ts';

const node2 = 'n2' as NodeId;

describe('a new data directory', () => {
  test('is made with all that leads to it, and gets an identity that stays', async () => {
    const directory = path.join(await temporaryDirectory(), 'a', 'b');
    const identity = await openIdentity(directory, node1);
    expect(identity).toMatchObject({
      formatVersion: 1,
      nodeId: node1,
      incarnation: expect.stringMatching(/^[\da-f-]{36}$/),
    });
    expect(Date.parse(identity.createdAt)).not.toBeNaN();
    expect(await readdir(directory)).toEqual(['identity.json']);
    expect(JSON.parse(await readFile(path.join(directory, 'identity.json'), 'utf8'))).toEqual({
      ...identity,
      checksum: expect.any(Number),
    });
    expect(await openIdentity(directory, node1)).toEqual(identity);
  });

  test('may be there already, empty but for what a file system or an interrupted start leaves', async () => {
    const directory = await temporaryDirectory();
    await mkdir(path.join(directory, 'lost+found'));
    await writeFile(path.join(directory, 'identity.json.0123.new'), '{"formatV');
    await openIdentity(directory, node1);
  });

  test('has another incarnation than every other, also in the same place', async () => {
    const directory = path.join(await temporaryDirectory(), 'data');
    const first = await openIdentity(directory, node1);
    await rm(directory, { recursive: true });
    expect((await openIdentity(directory, node1)).incarnation).not.toBe(first.incarnation);
  });

  test('has one identity, however many start in it at once', async () => {
    const directory = path.join(await temporaryDirectory(), 'data');
    const identities = await Promise.all(Array.from({ length: 8 }, () => openIdentity(directory, node1)));
    expect(new Set(identities.map(({ incarnation }) => incarnation)).size).toBe(1);
    expect(await readdir(directory)).toEqual(['identity.json']);
  });
});

describe('a data directory in use before', () => {
  test('is known again, journal and all', async () => {
    const directory = await temporaryDirectory();
    const identity = await openIdentity(directory, node1);
    await filled(new LevelJournal(directory), slotRecords(2));
    expect(await openIdentity(directory, node1)).toEqual(identity);
  });

  test('of another node is refused', async () => {
    const directory = await temporaryDirectory();
    await openIdentity(directory, node2);
    const error = await storageError(openIdentity(directory, node1), 'WRONG_NODE');
    expect(error.message).toMatch(/belongs to node n2, but this node is n1\. Start it as n2/);
    await openIdentity(directory, node2);
  });

  test.each(['journal', 'checkpoint', 'witness'])('with a %s but no identity is refused', async (name) => {
    const directory = await temporaryDirectory();
    await mkdir(path.join(directory, name));
    await storageError(openIdentity(directory, node1), 'IDENTITY_MISSING');
    expect(await readdir(directory)).toEqual([name]);
  });

  test('of a newer format is refused, whatever else that format has', async () => {
    const directory = await temporaryDirectory();
    await writeFile(path.join(directory, 'identity.json'), '{"formatVersion":3,"who":"n1"}');
    const error = await storageError(openIdentity(directory, node1), 'NEWER_FORMAT');
    expect(error.message).toMatch(/format 3; known are formats up to 2/);
  });

  test.each(['', '{', '[]', '{"formatVersion":1}', '{"formatVersion":"1","nodeId":"n1","incarnation":"i"}'])(
    'with the damaged identity %j is refused',
    async (content) => {
      const directory = await temporaryDirectory();
      await writeFile(path.join(directory, 'identity.json'), content);
      await storageError(openIdentity(directory, node1), 'IDENTITY_DAMAGED');
      expect(await readFile(path.join(directory, 'identity.json'), 'utf8')).toBe(content);
    },
  );
});

describe('an identity', () => {
  test('of which any byte was changed is refused, and none of the other is taken for it', async () => {
    const directory = await temporaryDirectory();
    await openIdentity(directory, node1);
    const file = path.join(directory, 'identity.json');
    const intact = await readFile(file);
    for (let at = 0; at < intact.length; at++) {
      await writeFile(
        file,
        intact.map((byte, index) => byte ^ (index === at ? 1 : 0)),
      );
      await expect(openIdentity(directory, node1), `byte ${at}`).rejects.toMatchObject({
        code: expect.stringMatching(/^(?:IDENTITY_DAMAGED|NEWER_FORMAT)$/),
      });
    }
  });

  test('of the first builds, which wrote no checksum, is read', async () => {
    const directory = await temporaryDirectory();
    const identity = await openIdentity(directory, node1);
    await writeFile(path.join(directory, 'identity.json'), JSON.stringify(identity));
    expect(await openIdentity(directory, node1)).toEqual(identity);
  });
});

describe('a restored data directory', () => {
  const origin: IdentityOrigin = {
    digest: '0123456789abcdef'.repeat(4),
    revision: 1_764_380_000_000_000,
    backup: { clusterId: 'c', slot: 12, revision: 11, createdAt: '2026-01-01T00:00:00.000Z' },
  };
  const fill = async () => undefined;

  test('says with which state it began, in a format of its own, and is known again', async () => {
    const directory = path.join(await temporaryDirectory(), 'data');
    const identity = await makeRestoredDirectory(directory, node1, origin, fill);
    expect(identity).toMatchObject({ formatVersion: 2, nodeId: node1, origin });
    expect(await openIdentity(directory, node1)).toEqual(identity);
  });

  test('is not made where something is already', async () => {
    const directory = await temporaryDirectory();
    await openIdentity(directory, node1);
    const before = await snapshotOf(directory);
    await storageError(makeRestoredDirectory(directory, node1, origin, fill), 'DIRECTORY_NOT_EMPTY');
    expect(await snapshotOf(directory)).toEqual(before);
  });

  test('is not made if the state cannot be put into it, which leaves nothing', async () => {
    const directory = await temporaryDirectory();
    const failing = makeRestoredDirectory(directory, node1, origin, async () => {
      await writeFile(path.join(directory, 'checkpoint', 'half'), '');
      throw new Error('no room');
    });
    await expect(failing).rejects.toThrow('no room');
    expect(await readdir(directory)).toEqual([]);
  });

  test('has one maker, however many begin at once', async () => {
    const directory = path.join(await temporaryDirectory(), 'data');
    const making = Array.from({ length: 8 }, () => makeRestoredDirectory(directory, node1, origin, fill));
    const made = (await Promise.allSettled(making)).filter(({ status }) => status === 'fulfilled');
    expect(made.length).toBe(1);
    expect(await readIdentity(directory)).toMatchObject({ origin });
  });

  test('of which only the half was made is refused, and says so', async () => {
    const directory = await temporaryDirectory();
    await mkdir(path.join(directory, 'checkpoint'));
    const error = await storageError(openIdentity(directory, node1), 'IDENTITY_MISSING');
    expect(error.message).toMatch(/a restore into it was interrupted. Delete what is in it/);
    await storageError(makeRestoredDirectory(directory, node1, origin, fill), 'DIRECTORY_NOT_EMPTY');
  });

  test.each([{ ...origin, digest: 'short' }, { ...origin, revision: 'many' }, undefined])(
    'with the damaged origin %j is refused',
    async (damaged) => {
      const directory = await temporaryDirectory();
      const identity = { formatVersion: 2, nodeId: node1, incarnation: 'i', createdAt: '2026-01-01T00:00:00.000Z' };
      await writeFile(path.join(directory, 'identity.json'), JSON.stringify({ ...identity, origin: damaged }));
      await storageError(openIdentity(directory, node1), 'IDENTITY_DAMAGED');
    },
  );
});

describe('a place that is no data directory', () => {
  test('is refused if it is a file, or below one', async () => {
    const file = path.join(await temporaryDirectory(), 'file');
    await writeFile(file, 'content');
    await storageError(openIdentity(file, node1), 'NOT_A_DIRECTORY');
    await storageError(openIdentity(path.join(file, 'data'), node1), 'NOT_A_DIRECTORY');
  });

  test('is refused if it has the files of somebody else', async () => {
    const directory = await temporaryDirectory();
    await writeFile(path.join(directory, 'holiday.jpg'), '');
    const error = await storageError(openIdentity(directory, node1), 'FOREIGN_DIRECTORY');
    expect(error.message).toMatch(/it has holiday\.jpg/);
    expect(await readdir(directory)).toEqual(['holiday.jpg']);
  });

  test('is refused if it cannot be written', async () => {
    const directory = await temporaryDirectory();
    await chmod(directory, 0o555);
    const refused = () => storageError(openIdentity(directory, node1), 'DIRECTORY_NOT_WRITABLE');
    await asAnyUser(refused);
  });
});

describe('to be looked at', () => {
  test('it is read whoever asks, and nothing is made', async () => {
    const directory = await temporaryDirectory();
    const identity = await openIdentity(directory, node2);
    const before = await snapshotOf(directory);
    expect(await readIdentity(directory)).toEqual(identity);
    expect(await snapshotOf(directory)).toEqual(before);
    const empty = await temporaryDirectory();
    expect(await readIdentity(empty)).toBeUndefined();
    expect(await readdir(empty)).toEqual([]);
  });

  test('what is none is told apart', async () => {
    const directory = await temporaryDirectory();
    await storageError(readIdentity(path.join(directory, 'nowhere')), 'NOT_A_DIRECTORY');
    await writeFile(path.join(directory, 'notes.txt'), 'mine');
    await storageError(readIdentity(path.join(directory, 'notes.txt')), 'NOT_A_DIRECTORY');
    await storageError(readIdentity(directory), 'FOREIGN_DIRECTORY');
    await mkdir(path.join(directory, 'journal'));
    await storageError(readIdentity(directory), 'IDENTITY_MISSING');
    await writeFile(path.join(directory, 'identity.json'), '{}');
    await storageError(readIdentity(directory), 'IDENTITY_DAMAGED');
    expect(await readdir(directory)).toEqual(['identity.json', 'journal', 'notes.txt']);
  });
});
