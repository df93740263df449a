import { describe, expect, test } from 'vitest';
import type { Client, Entry } from '../../../src/client/index.ts';
import { entry, World, type WorldOptions } from '../fake-context.ts';

function given(options: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options).filter(([name, value]) => name !== 'timeoutMs' && value !== undefined && value !== false),
  );
}

describe('put', () => {
  /** A store in which that is there, and whose condition holds or not. */
  function putting(written: boolean, previous?: Entry, more: Partial<Client> = {}) {
    const asked: unknown[] = [];
    const put = (_key: unknown, _value: unknown, options: object) => {
      asked.push(given(options));
      return Promise.resolve({ revision: 17, written, previous });
    };
    return { asked, world: new World({ client: { put: put as Client['put'], ...more } }) };
  }

  test('whose condition does not hold ends with 1 and says so', async () => {
    const absent = putting(false);
    expect(await absent.world.run('put', 'a', 'b', '--if-absent')).toBe(1);
    expect(absent.world.stderr.text).toBe('conclave: not written: there is such a key\n');
    const changed = putting(false);
    expect(await changed.world.run('put', 'a', 'b', '--if-revision', '5')).toBe(1);
    expect(changed.world.stderr.text).toBe('conclave: not written: the key is not as it was at revision 5\n');
    expect([...absent.asked, ...changed.asked]).toEqual([{ ifAbsent: true }, { ifUnchanged: 5 }]);
  });

  test('--json tells whether it was written, and what was there', async () => {
    const { world } = putting(false, entry('a', 'old'));
    expect(await world.run('put', 'a', 'b', '--if-absent', '--previous', '--json')).toBe(1);
    expect(JSON.parse(world.stdout.text)).toEqual({
      revision: 17,
      written: false,
      previous: { key: 'a', value: 'old', createRevision: 3, modRevision: 5, version: 2 },
    });
    const fresh = putting(true);
    await fresh.world.run('put', 'a', 'b', '--if-absent', '--previous', '--json');
    expect(fresh.world.stdout.text).toBe('{"revision":17,"written":true,"previous":null}\n');
  });

  test('--previous prints what was there', async () => {
    const { asked, world } = putting(true, entry('a', 'old'));
    expect(await world.run('put', 'a', 'b', '--previous')).toBe(0);
    expect([asked, world.stdout.text]).toEqual([[{ previous: true }], 'old']);
  });

  test('--sequential prints the key that it made', async () => {
    const createSequential: Client['createSequential'] = (prefix) => {
      const key = `${prefix}00000000000000000042`;
      return Promise.resolve({ key, keyBytes: Buffer.from(key), revision: 42 });
    };
    const { world } = putting(true, undefined, { createSequential });
    expect(await world.run('put', 'queue/', 'b', '--sequential')).toBe(0);
    expect(await world.run('put', 'queue/', 'b', '--sequential', '--json')).toBe(0);
    expect(world.stdout.text).toBe('queue/00000000000000000042\n{"key":"queue/00000000000000000042","revision":42}\n');
  });

  test('--ephemeral stays until it is interrupted, or until the session is lost', async () => {
    for (const [end, exitCode, last] of [
      ['interrupted', 130, 'the key is there until this command ends'],
      ['lost', 76, 'the session has expired, and the key is gone'],
    ] as const) {
      const { asked, world } = putting(true, undefined, {
        session: { state: 'active' } as Client['session'],
        async *status() {
          yield { type: 'connected', endpoint: 'a:1' } as const;
          yield { type: 'switching' } as const;
          yield { type: 'jeopardy' } as const;
          if (end === 'lost') yield { type: 'expired' } as const;
          world.signals.emit('SIGINT', 'SIGINT');
        },
      });
      expect(await world.run('put', 'workers/a', 'up', '--ephemeral', '--ttl', '3s')).toBe(exitCode);
      expect(asked).toEqual([{ ephemeral: true }]);
      expect(world.connected[0]?.session?.ttlMs).toBe(3_000);
      expect(world.stderr.text.trim().split('\n').at(-1)).toBe(`conclave: ${last}`);
      expect(world.closed).toBe(1);
    }
  });
});

describe('del', () => {
  test('ends with 0 whether or not the key was there', async () => {
    const answer = { deleted: false, revision: 9, previous: undefined };
    const world = new World({ client: { delete: () => Promise.resolve(answer) } });
    expect(await world.run('del', 'a')).toBe(0);
    expect(world.stdout.text).toBe('');
    expect(await world.run('del', 'a', '--json')).toBe(0);
    expect(world.stdout.text).toBe('{"deleted":false,"revision":9}\n');
  });

  test('whose condition does not hold ends with 1', async () => {
    let asked: unknown;
    const world = new World({
      client: {
        delete: (_key, options = {}) => {
          asked = given(options);
          return Promise.resolve({ deleted: false, revision: 9, previous: entry('a', 'old') });
        },
      },
    });
    expect(await world.run('del', 'a', '--if-revision', '5', '--previous')).toBe(1);
    expect(asked).toEqual({ ifUnchanged: 5, previous: true });
    expect(world.stdout.text).toBe('old');
    expect(world.stderr.text).toBe('conclave: not deleted: the key is not as it was at revision 5\n');
  });

  /** A store with so many keys, each of so many bytes. */
  function full(count: number, keyBytes: number, options: WorldOptions = {}) {
    const batches: number[] = [];
    async function* scan() {
      for (let at = 0; at < count; at += 1) yield await Promise.resolve(entry(String(at).padEnd(keyBytes), ''));
    }
    const txn = ({ then }: { then: readonly unknown[] }) => {
      batches.push(then.length);
      const results = then.map((_operation, at) => ({ deleted: at > 0 }));
      return Promise.resolve({ succeeded: true, revision: 100 + batches.length, results });
    };
    const client = { scan, txn, count: () => Promise.resolve(count) } as unknown as Partial<Client>;
    return { batches, world: new World({ ...options, client }) };
  }

  test('--prefix deletes in transactions that are not too long, and counts what was there', async () => {
    const many = full(2_500, 10);
    expect(await many.world.run('del', '--prefix', 'a')).toBe(0);
    expect([many.batches, many.world.stdout.text]).toEqual([[1_000, 1_000, 500], '2497 keys deleted\n']);
    const long = full(300, 4_096);
    expect(await long.world.run('del', '--prefix', 'a', '--json')).toBe(0);
    expect([long.batches, long.world.stdout.text]).toEqual([[256, 44], '{"deletedKeys":298,"revision":102}\n']);
    const none = full(0, 10);
    expect(await none.world.run('del', '--prefix', 'a', '--json')).toBe(0);
    expect([none.batches, none.world.stdout.text]).toEqual([[], '{"deletedKeys":0,"revision":null}\n']);
  });

  test('of every key asks first', async () => {
    const no = full(3, 10, { onTerminal: true, answer: 'n' });
    expect(await no.world.run('del', '--prefix', '')).toBe(1);
    expect(no.world.stderr.text).toContain('Every key is deleted: 3 keys.\n');
    const mute = full(3, 10);
    expect(await mute.world.run('del', '--prefix', '')).toBe(64);
    expect([...no.batches, ...mute.batches]).toEqual([]);
    const said = full(3, 10);
    expect(await said.world.run('del', '--prefix', '', '--yes')).toBe(0);
    expect(said.batches).toEqual([3]);
  });
});
