import { expect, test } from 'vitest';
import type { SessionReport } from '../../../src/rpc/inspection-client.ts';
import { observedWorld } from './observed-node.ts';

const session: SessionReport = {
  id: 4711,
  name: 'worker',
  metadata: [
    { name: 'host', value: 'h1' },
    { name: 'zone', value: 'b' },
  ],
  ttlMs: 10_000,
  generation: 2,
  ephemeralKeys: 3,
  held: 1,
  waiting: 4,
  remainingMs: 8_040.5,
};

const world = (timed = true) =>
  observedWorld({ Sessions: () => ({ revision: 30, timed, sessions: [session], more: false }) });

test('sessions are shown with what they have and how long they live', async () => {
  const timed = world();
  expect(await timed.run('sessions')).toBe(0);
  expect(timed.stdout.text).toBe(
    'SESSION\tNAME\tTTL\tLEFT\tGENERATION\tKEYS\tHELD\tWAITING\tMETADATA\n' +
      '4711\tworker\t10s\t8.0s\t2\t3\t1\t4\thost=h1 zone=b\n',
  );
});

test('for programs they are objects, one per line', async () => {
  const untimed = world(false);
  expect(await untimed.run('sessions', '--json')).toBe(0);
  expect(JSON.parse(untimed.stdout.text)).toEqual({
    id: '4711',
    name: 'worker',
    metadata: { host: 'h1', zone: 'b' },
    ttlMs: 10_000,
    remainingMs: null,
    generation: 2,
    ephemeralKeys: 3,
    held: 1,
    waiting: 4,
  });
});

test('they are asked for behind the last one', async () => {
  const asked: number[] = [];
  const pages = observedWorld({
    Sessions: ({ after, limit }) => {
      asked.push(after);
      const sessions = Array.from({ length: limit }, (_, index) => ({ ...session, id: after + 1 + index }));
      return { revision: 1, timed: true, sessions, more: true };
    },
  });
  await pages.run('sessions', '--limit', '2001');
  expect(asked).toEqual([0, 1_000, 2_000]);
});
