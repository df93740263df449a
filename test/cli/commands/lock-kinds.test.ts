import { expect, test } from 'vitest';
import { FakeLock, World, type WorldOptions } from '../fake-context.ts';

/** A client that grants whatever is asked for, and remembers what that was. */
function granting(permit = { id: 7 }) {
  const asked: unknown[] = [];
  const grant =
    (call: string, more: object = {}) =>
    (subject: unknown, { signal: _signal, timeoutMs: _timeoutMs, ...options }: Record<string, unknown>) => {
      const given = Object.entries(options).filter(([, value]) => value !== undefined);
      asked.push([call, subject, Object.fromEntries(given)]);
      return Promise.resolve(Object.assign(new FakeLock(), more));
    };
  const client = {
    lock: grant('lock'),
    tryLock: grant('tryLock'),
    lockAll: grant('lockAll'),
    tryLockAll: grant('tryLockAll'),
    permit: grant('permit', permit),
    tryPermit: grant('tryPermit', permit),
    counter: () => ({ get: () => Promise.resolve(0n) }),
    session: { state: 'active' },
  } as unknown as NonNullable<WorldOptions['client']>;
  return { asked, client, world: new World({ client, environment: { PATH: process.env['PATH'] ?? '' } }) };
}

test.each([
  [['nightly'], ['lock', 'nightly', { shared: false }]],
  [
    ['nightly', '--try'],
    ['tryLock', 'nightly', { shared: false }],
  ],
  [
    ['nightly', '--shared', '--note', 'host a', '--delay', '2s'],
    ['lock', 'nightly', { shared: true, note: 'host a', delayMs: 2_000 }],
  ],
  [
    ['b', 'a', '--delay', '2s'],
    ['lockAll', ['b', 'a'], { delayMs: 2_000 }],
  ],
  [
    ['b', 'a', '--try'],
    ['tryLockAll', ['b', 'a'], {}],
  ],
  [
    ['encoders', '--permits', '5', '--note', 'x'],
    ['permit', 'encoders', { permits: 5, note: 'x' }],
  ],
  [
    ['encoders', '--permits', '5', '--try'],
    ['tryPermit', 'encoders', { permits: 5 }],
  ],
])('lock %j asks for %j', async (words, call) => {
  const { asked, world } = granting();
  expect(await world.run('lock', ...words, '--', 'true')).toBe(0);
  expect(asked).toEqual([call]);
});

test('several locks are told by their names, a permit by its id, which is no token', async () => {
  const several = granting();
  await several.world.run('lock', 'b', 'a', '--json', '--', 'sh', '-c', 'test "$CONCLAVE_LOCK_TOKEN" = 4711');
  expect(several.world.stderr.text).toBe(
    '{"event":"acquired","name":"b","names":["b","a"],"token":4711}\n{"event":"released","name":"b","names":["b","a"]}\n',
  );
  const permit = granting();
  const script = 'test "$CONCLAVE_PERMIT_ID" = 7 && test -z "$CONCLAVE_LOCK_TOKEN"';
  expect(await permit.world.run('lock', 'encoders', '--permits', '5', '--json', '--', 'sh', '-c', script)).toBe(0);
  expect(permit.world.stderr.text).toContain('{"event":"acquired","name":"encoders","permit":7}\n');
});

test('what is not free is told by its kind', async () => {
  const none = () => Promise.resolve(undefined);
  const client = { tryLock: none, tryLockAll: none, tryPermit: none };
  for (const [words, message] of [
    [['a'], 'the lock a is held by another'],
    [['a', 'b'], 'the locks a, b are not free'],
    [['a', '--permits', '2'], 'no permit of a is free'],
  ] as const) {
    const world = new World({ client });
    expect(await world.run('lock', ...words, '--try', '--', 'true')).toBe(75);
    expect(world.stderr.text).toBe(`conclave: ${message}\n`);
  }
});

test('with dashes, release is a name like any other', async () => {
  const { asked, world } = granting();
  expect(await world.run('lock', 'release', '--', 'true')).toBe(0);
  expect(asked).toEqual([['lock', 'release', { shared: false }]]);
});
