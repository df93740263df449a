import { describe, expect, test } from 'vitest';
import type { LockParty } from '../../../src/client/index.ts';
import { World, type WorldOptions } from '../fake-context.ts';

const writer = { session: '12', mode: 'exclusive', token: 33, askedRevision: 30, noteText: 'page\u001b 1' };
const readers = ['12', '13'].map((session) => ({
  session,
  mode: 'shared',
  token: 33,
  askedRevision: 30,
  noteText: '',
}));
const permits = [40, 41].map((permit) => ({ session: '12', mode: 'permit', permit, askedRevision: 30, noteText: '' }));

/** A lock that is held so, and a record of what was taken away. */
function held(parties: readonly object[], options: WorldOptions = {}, waiterCount = 0) {
  const holders = parties as readonly LockParty[];
  const taken: number[] = [];
  const locks = {
    get: (name: string) => Promise.resolve({ name, revision: 50, holders, holderCount: holders.length, waiterCount }),
    forceRelease: (_name: string, token: number) => {
      taken.push(token);
      const released = holders.filter((holder) => (holder.token ?? holder.permit) === token).length;
      return Promise.resolve({ released, revision: 50 + taken.length });
    },
  };
  return { taken, world: new World({ ...options, client: { locks } as never }) };
}

describe('a lock is taken away', () => {
  test('after whoever holds it was shown, and somebody has said yes', async () => {
    const { taken, world } = held([writer], { onTerminal: true, answer: 'y' }, 2);
    expect(await world.run('lock', 'release', 'nightly', '--force')).toBe(0);
    expect(world.questions).toEqual(['Go on? [y/N] ']);
    expect(world.stderr.text).toContain(
      '  session 12, exclusive, token 33, asked for at revision 30, "page\ufffd 1"\n',
    );
    expect(world.stderr.text).toContain('In its queue: 2, and the first of them is next.\n');
    expect(taken).toEqual([33]);
    expect(world.stdout.text).toBe('1 holder released\n');
  });

  test('from all who share it at once', async () => {
    const { taken, world } = held(readers);
    expect(await world.run('lock', 'release', 'nightly', '--force', '--yes', '--json')).toBe(0);
    expect(taken).toEqual([33]);
    expect(world.stdout.text).toBe('{"name":"nightly","released":2,"revision":51}\n');
  });

  test('from each who has a permit, or from the one that is meant', async () => {
    const all = held(permits);
    expect(await all.world.run('lock', 'release', 'encoders', '--force', '--yes')).toBe(0);
    expect(all.taken).toEqual([40, 41]);
    const one = held(permits);
    expect(await one.world.run('lock', 'release', 'encoders', '--force', '--yes', '--token', '41')).toBe(0);
    expect(one.taken).toEqual([41]);
    expect(one.world.stderr.text).not.toContain('permit 40');
  });
});

describe('nothing is taken away', () => {
  test('without a yes', async () => {
    const { taken, world } = held([writer], { onTerminal: true, answer: '' });
    expect(await world.run('lock', 'release', 'nightly', '--force')).toBe(1);
    expect(world.stderr.text).toContain('error NOT_CONFIRMED: nothing was changed\n');
    expect(taken).toEqual([]);
  });

  test('from nobody, and from nobody else', async () => {
    const free = held([]);
    expect(await free.world.run('lock', 'release', 'nightly', '--force', '--yes')).toBe(1);
    expect(free.world.stderr.text).toBe('error NOT_HELD: nobody holds nightly\n');
    const another = held([writer]);
    expect(await another.world.run('lock', 'release', 'nightly', '--force', '--yes', '--token', '32')).toBe(1);
    expect(another.world.stderr.text).toBe('error NOT_HELD: nobody holds nightly with token 32; it is held with 33\n');
    expect([...free.taken, ...another.taken]).toEqual([]);
  });
});

test('--force has to be said', async () => {
  const { world } = held([writer]);
  expect(await world.run('lock', 'release', 'nightly', '--yes')).toBe(64);
  expect(world.stderr.text).toContain('--force takes it away: conclave lock release NAME --force');
});
