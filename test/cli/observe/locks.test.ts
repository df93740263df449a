import { describe, expect, test } from 'vitest';
import type { LockPartyReport, LockReport } from '../../../src/rpc/inspection-client.ts';
import { observedWorld } from './observed-node.ts';

function party(sessionId: number, more: Partial<LockPartyReport> = {}): LockPartyReport {
  const told = {
    sessionName: '',
    mode: 'exclusive',
    token: 0,
    askedRevision: 9,
    note: Buffer.of(),
    remainingMs: 7_240,
  };
  return { sessionId, ...told, ...more };
}

function lock(name: string, more: Partial<LockReport> = {}): LockReport {
  const { holders = [], waiters = [] } = more;
  const delay = { delaySinceRevision: 0, delayMs: 0, delayRemainingMs: 0 };
  return { name, holders, waiters, holderCount: holders.length, waiterCount: waiters.length, ...delay, ...more };
}

const held = lock('jobs/1', {
  holders: [party(11, { sessionName: 'worker', token: 17, note: Buffer.from('on h1') })],
  waiters: [party(12), party(13)],
});
const closed = lock('shut', { delaySinceRevision: 20, delayMs: 60_000, delayRemainingMs: 30_000 });

function worldWith(locks: readonly LockReport[], timed = true) {
  return observedWorld({ Locks: () => ({ revision: 30, timed, locks, more: false }) });
}

describe('locks', () => {
  test('are shown with holder, token, time left, queue and note', async () => {
    const world = worldWith([held, closed]);
    expect(await world.run('locks')).toBe(0);
    expect(world.stdout.text.split('\n').map((line) => line.split('\t'))).toEqual([
      ['LOCK', 'MODE', 'HOLDER', 'NAME', 'TOKEN', 'LEFT', 'WAITERS', 'NEXT', 'NOTE'],
      ['jobs/1', 'exclusive', '11', 'worker', '17', '7.2s', '2', '12', 'on h1'],
      ['shut', 'closed', '-', '-', '-', '30.0s', '0', '-', 'closed for 1m 00s since revision 20'],
      [''],
    ]);
  });

  test('that several share have a line for each, and one for those that are not listed', async () => {
    const holders = [party(1, { mode: 'shared', token: 5 }), party(2, { mode: 'shared', token: 5 })];
    const world = worldWith([lock('read', { holders, holderCount: 40 })]);
    await world.run('locks');
    const holderColumn = world.stdout.text.split('\n').map((line) => line.split('\t')[2]);
    expect(holderColumn).toEqual(['HOLDER', '1', '2', '38 more', undefined]);
  });

  test('are objects for programs, one per line, with null for what nobody knows', async () => {
    const permit = lock('pool', { holders: [party(3, { mode: 'permit', token: 8, note: Buffer.of(255) })] });
    const world = worldWith([permit, closed], false);
    expect(await world.run('locks', '--json')).toBe(0);
    const [pool, shut] = world.stdout.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(pool).toEqual({
      name: 'pool',
      holders: [
        {
          session: '3',
          sessionName: '',
          mode: 'permit',
          token: null,
          permit: 8,
          askedRevision: 9,
          noteBase64: '/w==',
          remainingMs: null,
        },
      ],
      waiters: [],
      holderCount: 1,
      waiterCount: 0,
      delay: null,
    });
    expect(shut.delay).toEqual({ sinceRevision: 20, delayMs: 60_000, remainingMs: null });
  });

  test('come page by page, behind the last one, and no more than asked for', async () => {
    const all = Array.from({ length: 2_500 }, (_, index) => lock(`l${String(index).padStart(4, '0')}`));
    const asked: object[] = [];
    const world = observedWorld({
      Locks: (request) => {
        asked.push(request);
        const behind = all.filter(({ name }) => name > request.after);
        return { revision: 1, timed: true, locks: behind.slice(0, request.limit), more: behind.length > request.limit };
      },
    });
    expect(await world.run('locks', 'l', '--limit', '1500')).toBe(0);
    expect(asked).toEqual([
      { prefix: 'l', after: '', limit: 1_000 },
      { prefix: 'l', after: 'l0999', limit: 500 },
    ]);
    expect(world.stdout.text.trim().split('\n')).toHaveLength(1 + 1_500);
    expect(world.stderr.text).toBe('there are more than 1500 locks: see --limit\n');
  });

  test('have names that a terminal does not obey', async () => {
    const world = worldWith([lock('\u001b[2J')]);
    await world.run('locks');
    expect(world.stdout.text).not.toContain('\u001b');
  });

  test('are those that the leader has', async () => {
    const endpoints: string[] = [];
    const world = observedWorld({
      Locks: (_request, endpoint) => {
        endpoints.push(endpoint);
        return { revision: 1, timed: true, locks: [], more: false };
      },
    });
    expect(await world.run('locks', '--endpoints', '127.0.0.1:7102')).toBe(0);
    expect(endpoints).toEqual(['127.0.0.1:7101']);
  });

  test('of a cluster without a leader are not known', async () => {
    const world = observedWorld({}, { down: ['n1', 'n2', 'n3'] });
    expect(await world.run('locks', '--timeout', '1ms')).toBe(69);
  });
});
