import { expect, test } from 'vitest';
import type { CallOptions, LeaderChange } from '../../../src/client/index.ts';
import { CodedError, FakeLock, World } from '../fake-context.ts';

/** A client of an election that is won at once, or in vain. */
function candidate(
  campaign: (options: CallOptions) => Promise<unknown> = () => Promise.resolve({ lock: new FakeLock() }),
) {
  const client = {
    election: () => ({ campaign }),
    counter: () => ({ get: () => Promise.resolve(0n) }),
    session: { state: 'active' },
  };
  return new World({ client: client as never, environment: { PATH: process.env['PATH'] ?? '' } });
}

test('the command runs while it leads, with the token, and what it was elected for is told', async () => {
  let asked: unknown;
  const world = candidate((options) => {
    asked = options;
    return Promise.resolve({ lock: new FakeLock() });
  });
  const script = 'test "$CONCLAVE_LOCK_TOKEN" = 4711 && exit 7';
  const words = ['--note', 'host a', '--delay', '2s', '--ttl', '3s', '--json', '--', 'sh', '-c', script];
  expect(await world.run('elect', 'jobs', ...words)).toBe(7);
  expect(asked).toMatchObject({ note: 'host a', delayMs: 2_000, timeoutMs: undefined });
  expect(world.connected[0]?.session).toMatchObject({ ttlMs: 3_000, name: 'conclave elect jobs' });
  expect(world.stderr.text).toBe(
    '{"event":"elected","name":"jobs","token":4711}\n{"event":"resigned","name":"jobs"}\n',
  );
});

test('an election that is not won in time gives 75', async () => {
  const world = candidate(() => Promise.reject(new CodedError('LOCK_TIMEOUT', 'not granted')));
  expect(await world.run('elect', 'jobs', '--timeout', '1s', '--', 'true')).toBe(75);
  expect(world.stderr.text).toBe('conclave: the election jobs was not won in time\n');
});

test('a leadership that is lost gives 76', async () => {
  const lock = new FakeLock();
  const world = candidate(() => Promise.resolve({ lock }));
  const running = world.run('elect', 'jobs', '--', 'sleep', '60');
  lock.lose();
  expect(await running).toBe(76);
  expect(world.stderr.text).toBe('conclave: the leadership of jobs was lost while the command ran\n');
});

const changes: readonly LeaderChange[] = [
  { revision: 17, leader: { session: '12', token: 13, note: new Uint8Array(), noteText: 'host\u001b a' } },
  { revision: 19, leader: undefined },
  { revision: 21, leader: { session: '20', token: 21, note: new Uint8Array(), noteText: '' } },
];

/** Leaders that come and go, until somebody has seen enough. */
function observed(seen = changes): World {
  const world: World = new World({
    client: {
      election: () => ({
        leader: () => Promise.resolve(undefined),
        async *observe() {
          yield* seen;
          world.signals.emit('SIGINT', 'SIGINT');
          throw new CodedError('ABORTED', 'aborted');
        },
      }),
    } as never,
  });
  return world;
}

test('--observe prints a line for the present leader and for every change, until it is interrupted', async () => {
  const world = observed();
  expect(await world.run('elect', 'jobs', '--observe')).toBe(130);
  expect(world.stdout.text).toBe('17 leader 13 12 host\ufffd a\n19 nobody\n21 leader 21 20\n');
  expect([world.stderr.text, world.closed]).toEqual(['', 1]);
});

test('--observe --json prints an object per line', async () => {
  const world = observed();
  await world.run('elect', 'jobs', '--observe', '--json');
  expect(
    world.stdout.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([
    { revision: 17, leader: { session: '12', token: 13, note: 'host\u001b a' } },
    { revision: 19, leader: null },
    { revision: 21, leader: { session: '20', token: 21, note: '' } },
  ]);
});

test('--observe --once tells who leads now, and ends with 1 if nobody does', async () => {
  const led = observed();
  expect(await led.run('elect', 'jobs', '--observe', '--once')).toBe(0);
  expect(led.stdout.text).toBe('17 leader 13 12 host\ufffd a\n');
  const free = observed(changes.slice(1));
  expect(await free.run('elect', 'jobs', '--observe', '--once')).toBe(1);
  expect(free.stdout.text).toBe('19 nobody\n');
});
