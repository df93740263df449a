import { describe, expect, test } from 'vitest';
import type { ClientStatus, SessionInfo } from '../../../src/client/index.ts';
import { World, type WorldOptions } from '../fake-context.ts';

function info(id: string, more: Partial<SessionInfo> = {}): SessionInfo {
  return {
    id,
    name: '',
    metadata: {},
    ttlMs: 10_000,
    generation: 1,
    ephemeralKeys: 0,
    locks: [],
    waitingFor: [],
    truncated: false,
    ...more,
  };
}

const lock = (...names: string[]) => ({ name: names[0] ?? '', names, mode: 'exclusive', token: 33 }) as never;

describe('session open', () => {
  /** A session to which this happens; then somebody has seen enough, or it is lost. */
  function living(...news: readonly ClientStatus['type'][]): World {
    const world: World = new World({
      client: {
        txn: () => Promise.resolve({ succeeded: true, revision: 12, results: [] }),
        session: { id: '12', state: 'active' },
        async *status() {
          for (const type of news) yield await Promise.resolve({ type });
          if (!news.includes('expired')) world.signals.emit('SIGTERM', 'SIGTERM');
        },
      } as never,
    });
    return world;
  }

  test('prints the id, and closes the session when it is told to end', async () => {
    const world = living('connected', 'switching', 'connected');
    const words = ['--ttl', '5s', '--name', 'probe', '--metadata', 'host=a', '--metadata', 'rack=b=c'];
    expect(await world.run('session', 'open', ...words)).toBe(143);
    expect([world.stdout.text, world.stderr.text, world.closed]).toEqual(['12\n', '', 1]);
    const metadata = { host: 'a', rack: 'b=c' };
    expect(world.connected[0]?.session).toEqual({ ttlMs: 5_000, name: 'probe', metadata, onExpiry: 'close' });
  });

  test('tells what becomes of it, and ends with 76 when it is lost', async () => {
    const world = living('connected', 'jeopardy', 'switching', 'connected', 'jeopardy', 'expired');
    expect(await world.run('session', 'open')).toBe(76);
    expect(world.stderr.text.split('\n')).toEqual([
      'conclave: no node answers; nothing is lost yet',
      'conclave: the session lives',
      'conclave: no node answers; nothing is lost yet',
      'conclave: the session has expired',
      '',
    ]);
  });

  test('--json prints an object per line', async () => {
    const world = living('connected', 'jeopardy', 'expired');
    expect(await world.run('session', 'open', '--json')).toBe(76);
    expect(world.stdout.text).toBe(
      '{"event":"opened","id":"12"}\n{"event":"jeopardy","id":"12"}\n{"event":"expired","id":"12"}\n',
    );
  });
});

describe('session list', () => {
  /** A list that comes in pages of two. */
  function listing(...all: readonly SessionInfo[]): World {
    const list = ({ after = '0' }) => {
      const rest = all.filter(({ id }) => Number(id) > Number(after));
      return Promise.resolve({ revision: 50, sessions: rest.slice(0, 2), more: rest.length > 2 });
    };
    return new World({ client: { sessions: { list } } as never });
  }
  const sessions = [
    info('12', { name: 'web\u001b', ephemeralKeys: 2, locks: [lock('a', 'b'), lock('c'), lock('d')] }),
    info('13', { waitingFor: ['a'], ttlMs: 1_500 }),
    info('20'),
  ];

  test('prints a row for each', async () => {
    const world = listing(...sessions);
    expect(await world.run('session', 'list')).toBe(0);
    expect(world.stdout.text.split('\n')).toEqual([
      'SESSION\tNAME\tTTL\tKEYS\tLOCKS\tWAITS FOR',
      '12\tweb\ufffd\t10s\t2\ta, b, c and 1 more\t-',
      '13\t-\t1500ms\t0\t-\ta',
      '20\t-\t10s\t0\t-\t-',
      '',
    ]);
  });

  test('--json prints one per line', async () => {
    const world = listing(...sessions);
    await world.run('session', 'list', '--json');
    const lines = world.stdout.text.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(JSON.parse(JSON.stringify(sessions)));
  });
});

describe('session close', () => {
  function closing(found: SessionInfo | undefined, options: WorldOptions = {}, closed = true) {
    const ended: string[] = [];
    const sessions = {
      get: () => Promise.resolve(found),
      close: (id: string) => {
        ended.push(id);
        return Promise.resolve({ closed, revision: 51 });
      },
    };
    return { ended, world: new World({ ...options, client: { sessions } as never }) };
  }

  test('says what the session has, and asks', async () => {
    const found = info('12', { name: 'web', ephemeralKeys: 1, locks: [lock('a')], waitingFor: ['b'] });
    const { ended, world } = closing(found, { onTerminal: true, answer: 'y' });
    expect(await world.run('session', 'close', '12')).toBe(0);
    expect(world.stderr.text).toContain('Session 12 (web) ends at once, with 1 ephemeral key.\n');
    expect(world.stderr.text).toContain('It holds: a. Whoever waits for that gets it. It waits for: b.\n');
    expect([ended, world.stdout.text]).toEqual([['12'], 'session 12 is closed\n']);
  });

  test('closes nothing without a yes, and nothing that is not there', async () => {
    const no = closing(info('12'), { onTerminal: true, answer: 'n' });
    expect(await no.world.run('session', 'close', '12')).toBe(1);
    const gone = closing(undefined);
    expect(await gone.world.run('session', 'close', '12', '--yes')).toBe(1);
    expect(gone.world.stderr.text).toBe('error NO_SUCH_SESSION: there is no session 12: it has ended, or never was\n');
    expect([...no.ended, ...gone.ended]).toEqual([]);
  });

  test('--json tells whether it was still there', async () => {
    const { world } = closing(info('12'), {}, false);
    expect(await world.run('session', 'close', '12', '--yes', '--json')).toBe(0);
    expect(world.stdout.text).toBe('{"closed":false,"revision":51}\n');
  });
});
