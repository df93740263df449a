import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CallOptions, Client } from '../../../src/client/index.ts';
import { CodedError, FakeLock, World, type WorldOptions } from '../fake-context.ts';
import { waitFor } from '../support.ts';

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'conclave-lock-'));
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

/** A session whose state the test decides, and which knows how often it was asked for it. */
class FakeSession {
  reads = 0;
  #state: Client['session']['state'] = 'active';

  get state() {
    this.reads += 1;
    return this.#state;
  }

  /** Resolves once somebody has taken notice. */
  async become(state: Client['session']['state']): Promise<void> {
    this.#state = state;
    await this.beRead();
  }

  async beRead(): Promise<void> {
    const { reads } = this;
    await waitFor('somebody to ask for the state', () => this.reads > reads);
  }
}

/** A world with a lock that is free, whose lease and session are in the test's hand. */
function holding(options: WorldOptions = {}) {
  const lock = new FakeLock();
  const session = new FakeSession();
  const client = {
    lock: () => Promise.resolve(lock),
    tryLock: () => Promise.resolve(lock),
    counter: () => ({ get: () => Promise.resolve(0n) }),
    session,
    ...options.client,
  };
  return { lock, session, world: new World({ ...options, client: client as never }) };
}

let files = 0;

/** A Node program as a command; `note(text)` writes to a file, for the standard streams are those of the test runner. */
function command(source: string) {
  files += 1;
  const file = path.join(directory, `notes-${files}`);
  const note = `const note = (text) => require('node:fs').appendFileSync(${JSON.stringify(file)}, text + '\\n');`;
  const words = ['--', process.execPath, '-e', `${note}${source}`];
  const notes = async () => (await readFile(file, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
  return {
    words,
    notes,
    started: () => waitFor('the command to run', async () => (await notes()).includes('started')),
  };
}

const untilKilled = "note('started'); setInterval(() => undefined, 1000);";
const stubborn = `process.on('SIGTERM', () => note('TERM')); ${untilKilled}`;

describe('the command', () => {
  test('runs with the token in its environment, and its exit code is ours', async () => {
    const { lock, world } = holding();
    const { words, notes } = command('note(process.env.CONCLAVE_LOCK_TOKEN); process.exit(7)');
    expect(await world.run('lock', 'nightly', ...words)).toBe(7);
    expect(await notes()).toEqual(['4711']);
    expect(lock.releases).toBe(1);
    expect(world.closed).toBe(1);
    expect(world.stdout.text + world.stderr.text).toBe('');
  });

  test('keeps its own options', async () => {
    const { world } = holding();
    const { words, notes } = command('note(process.argv.slice(1).join())');
    await world.run('lock', 'nightly', ...words, '--', '--json', '--ttl', '-x', '--');
    expect(await notes()).toEqual(['--json,--ttl,-x,--']);
    expect(world.stderr.text).toBe('');
  });

  test('that a signal has ended gives 128 + its number', async () => {
    const { world } = holding();
    expect(await world.run('lock', 'nightly', ...command("process.kill(process.pid, 'SIGTERM')").words)).toBe(143);
  });

  test('that does not exist gives 127, one that cannot be executed 126, and the lock is released', async () => {
    const missing = holding();
    expect(await missing.world.run('lock', 'nightly', '--', 'no-such-command-anywhere')).toBe(127);
    expect(missing.world.stderr.text).toContain('no-such-command-anywhere: command not found\n');
    expect(missing.lock.releases).toBe(1);
    const file = path.join(directory, 'not-executable');
    await writeFile(file, '#!/bin/sh\n', { mode: 0o644 });
    const forbidden = holding();
    expect(await forbidden.world.run('lock', 'nightly', '--', file)).toBe(126);
    expect(forbidden.world.stderr.text).toContain(`${file}: permission denied\n`);
  });

  test('--json tells on standard error what happens to the lock', async () => {
    const { world } = holding();
    await world.run('lock', 'nightly', '--json', ...command('').words);
    expect(world.stdout.text).toBe('');
    expect(
      world.stderr.text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { event: 'acquired', name: 'nightly', token: 4711 },
      { event: 'released', name: 'nightly' },
    ]);
  });
});

describe('the wait', () => {
  test('--ttl is the time to live of the session, --timeout that of the wait', async () => {
    let waited: CallOptions | undefined;
    const lock = (_name: string, options?: CallOptions) => {
      waited = options;
      return Promise.resolve(new FakeLock());
    };
    const { world } = holding({ client: { lock } as never });
    await world.run('lock', 'nightly', '--ttl', '3s', '--timeout', '2m', ...command('').words);
    expect(world.connected[0]?.session?.ttlMs).toBe(3_000);
    expect(waited?.timeoutMs).toBeGreaterThan(119_000);
    expect(waited?.timeoutMs).toBeLessThanOrEqual(120_000);
  });

  test('without --timeout has no end', async () => {
    let waited: CallOptions | undefined;
    const { world } = holding({
      client: {
        lock: (_name: string, options?: CallOptions) => {
          waited = options;
          return Promise.resolve(new FakeLock());
        },
      } as never,
    });
    await world.run('lock', 'nightly', ...command('').words);
    expect(waited).toHaveProperty('timeoutMs', undefined);
  });

  test('in vain gives 75, and nothing is run', async () => {
    const { words, notes } = command("note('ran')");
    const late = holding({ client: { lock: () => Promise.reject(new CodedError('LOCK_TIMEOUT', 'not granted')) } });
    expect(await late.world.run('lock', 'nightly', '--timeout', '1s', ...words)).toBe(75);
    const held = holding({ client: { tryLock: () => Promise.resolve(undefined) } });
    expect(await held.world.run('lock', 'nightly', '--try', ...words)).toBe(75);
    expect(held.world.stderr.text).toContain('held by another');
    expect(await notes()).toEqual([]);
  });

  test('goes on in a new session if the old one has expired meanwhile', async () => {
    let calls = 0;
    const lock = () => {
      calls += 1;
      if (calls < 3) return Promise.reject(new CodedError('SESSION_EXPIRED', 'the session has ended'));
      return Promise.resolve(new FakeLock());
    };
    const { world } = holding({ client: { lock } as never });
    expect(await world.run('lock', 'nightly', ...command('').words)).toBe(0);
    expect(calls).toBe(3);
  });

  test.each([
    ['SIGINT', 130, true],
    ['SIGQUIT', 131, false],
    ['SIGTERM', 143, true],
    ['SIGHUP', 129, false],
    ['SIGUSR1', 138, true],
    ['SIGUSR2', 140, false],
  ])('is ended by %s with %d', async (signal, exitCode, onTerminal) => {
    let waiting = false;
    const lock = (_name: string, options?: CallOptions) =>
      new Promise<never>((_resolve, reject) => {
        options?.signal?.addEventListener('abort', () => reject(new CodedError('ABORTED', 'aborted')));
        waiting = true;
      });
    const { world } = holding({ client: { lock }, onTerminal });
    const { words, notes } = command("note('ran')");
    const running = world.run('lock', 'nightly', ...words);
    await waitFor('the wait', () => waiting);
    world.signals.emit(signal, signal);
    expect(await running).toBe(exitCode);
    expect(await notes()).toEqual([]);
    expect(world.closed).toBe(1);
  });

  test('that is interrupted at the moment of the grant runs nothing and releases', async () => {
    const lock = new FakeLock();
    const world: World = new World({
      client: {
        lock: () => {
          world.signals.emit('SIGTERM', 'SIGTERM');
          return Promise.resolve(lock);
        },
      } as never,
    });
    const { words, notes } = command("note('ran')");
    expect(await world.run('lock', 'nightly', ...words)).toBe(143);
    expect(lock.releases).toBe(1);
    expect(await notes()).toEqual([]);
  });
});

describe('signals while the command runs', () => {
  const noting = `
    for (const name of ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP', 'SIGUSR1']) process.on(name, () => note(name));
    process.on('SIGUSR2', () => { note('SIGUSR2'); process.exit(3); });
    ${untilKilled}`;
  const ahead = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP', 'SIGUSR1'];

  test('are passed on, the command decides', async () => {
    const { world } = holding();
    const { words, notes, started } = command(noting);
    const running = world.run('lock', 'nightly', ...words);
    await started();
    for (const signal of ahead) {
      world.signals.emit(signal, signal);
      await waitFor(`${signal} to arrive`, async () => (await notes()).includes(signal));
    }
    world.signals.emit('SIGUSR2', 'SIGUSR2');
    expect(await running).toBe(3);
    expect(await notes()).toEqual(['started', ...ahead, 'SIGUSR2']);
  });

  test('INT and QUIT are not if standard input is a terminal', async () => {
    const { world } = holding({ onTerminal: true });
    const { words, notes, started } = command(noting);
    const running = world.run('lock', 'nightly', ...words);
    await started();
    for (const signal of ['SIGINT', 'SIGQUIT', 'SIGTERM']) world.signals.emit(signal, signal);
    await waitFor('TERM to arrive', async () => (await notes()).includes('SIGTERM'));
    world.signals.emit('SIGUSR2', 'SIGUSR2');
    expect(await running).toBe(3);
    expect(await notes()).toEqual(['started', 'SIGTERM', 'SIGUSR2']);
  });
});

describe('a lock that is lost while the command runs', () => {
  test('gives TERM in jeopardy, and 76 whatever the command then says', async () => {
    const { lock, session, world } = holding();
    const { words, started } = command(`process.on('SIGTERM', () => process.exit(0)); ${untilKilled}`);
    const running = world.run('lock', 'nightly', '--json', ...words);
    await started();
    lock.remainingMs = 6_000;
    await session.become('jeopardy');
    expect(world.stderr.text).not.toContain('lost');
    lock.remainingMs = 3_000;
    expect(await running).toBe(76);
    expect(world.stderr.text.trim().split('\n').at(-1)).toBe('{"event":"lost","name":"nightly"}');
  });

  test('gives KILL before the lease ends to a command that does not obey', async () => {
    const { lock, session, world } = holding();
    const { words, notes, started } = command(stubborn);
    let endMs = Number.POSITIVE_INFINITY;
    let lastMs = 0;
    Object.defineProperty(lock, 'remainingMs', {
      get: () => {
        lastMs = Math.min(3_000, Math.max(0, endMs - performance.now()));
        return lastMs;
      },
    });
    const running = world.run('lock', 'nightly', ...words);
    await started();
    endMs = performance.now() + 3_000;
    await session.become('jeopardy');
    expect(await running).toBe(76);
    expect(lastMs).toBeGreaterThan(0);
    expect(await notes()).toEqual(['started', 'TERM']);
    expect(world.stderr.text).toContain('the lock nightly was lost while the command ran');
  });

  test('gives KILL at once if it is lost already', async () => {
    const { lock, world } = holding();
    const { words, notes, started } = command(stubborn);
    const running = world.run('lock', 'nightly', ...words);
    await started();
    lock.lose();
    expect(await running).toBe(76);
    expect(await notes()).toEqual(['started']);
  });

  test('is noticed even if the command has just ended by itself', async () => {
    const { lock, world } = holding();
    const readings = [true];
    Object.defineProperty(lock, 'held', { get: () => readings.shift() ?? false, set: () => undefined });
    expect(await world.run('lock', 'nightly', ...command('').words)).toBe(76);
  });

  test('is not lost by a jeopardy that passes', async () => {
    const { lock, session, world } = holding();
    const { words, started } = command(`process.on('SIGUSR2', () => process.exit(0)); ${untilKilled}`);
    const running = world.run('lock', 'nightly', ...words);
    await started();
    lock.remainingMs = 6_000;
    await session.become('jeopardy');
    lock.remainingMs = 3_001;
    await session.beRead();
    await session.become('active');
    lock.remainingMs = 10;
    await session.beRead();
    world.signals.emit('SIGUSR2', 'SIGUSR2');
    expect(await running).toBe(0);
    expect(world.stderr.text).toBe('');
  });
});
