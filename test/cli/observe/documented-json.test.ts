import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { StateEvent } from '../../../src/cli/observe/event-stream.ts';
import { stateEventJson } from '../../../src/cli/observe/event-view.ts';
import { lockJson } from '../../../src/cli/observe/lock-view.ts';
import { sessionJson } from '../../../src/cli/observe/session-view.ts';
import { slotJson } from '../../../src/cli/observe/slot-view.ts';
import { watchJson } from '../../../src/cli/observe/watch-view.ts';
import { entry } from '../fake-context.ts';
import { repository } from '../support.ts';
import { observedWorld } from './observed-node.ts';
import { soundVitals } from './vitals.ts';

const readme = readFileSync(path.join(repository, 'README.md'), 'utf8');

/** The fields of each object that the README lists for a command. */
function documented(command: string): readonly (readonly string[])[] {
  const row = readme.split('\n').find((line) => line.startsWith(`| \`${command}\` | \`{`));
  return [...(row ?? '').matchAll(/\{([^}]+)\}/g)].map(([, fields = '']) => {
    return fields.split(',').map((field) => field.replace(/:.*/, ''));
  });
}

async function printed(...words: string[]) {
  const durations = { count: 1, medianMs: 1, p99Ms: 1, maxMs: 1 };
  const world = observedWorld(
    {
      Vitals: () => soundVitals({ roundTrips: [{ nodeId: 'n2', durations }] }),
      StateHashes: () => ({ hashes: [{ slot: 1, hash: 'a' }] }),
    },
    { client: { get: () => Promise.resolve(undefined) } },
  );
  await world.run(...words, '--json');
  return JSON.parse(world.stdout.text);
}

function fieldsOf(...objects: readonly object[]): readonly (readonly string[])[] {
  return objects.map((object) => Object.keys(object));
}

test('status', async () => {
  const status = await printed('status');
  const member = status.members[1];
  expect(fieldsOf(status, member, member.vitals, member.roundTrip)).toEqual(documented('status'));
});

test('locks, sessions, watches', () => {
  const party = { sessionId: 1, sessionName: '', mode: 'shared', token: 1, askedRevision: 1, remainingMs: 1 };
  const delay = { delaySinceRevision: 0, delayMs: 0, delayRemainingMs: 0 };
  const holders = [{ ...party, note: Buffer.of() }];
  const lock = lockJson({ name: 'a', holders, waiters: [], holderCount: 1, waiterCount: 0, ...delay }, true);
  expect(fieldsOf(lock, lock.holders[0] ?? {})).toEqual(documented('locks'));
  const counts = { generation: 1, ephemeralKeys: 0, held: 0, waiting: 0 };
  const session = { id: 1, name: '', metadata: [], ttlMs: 1, remainingMs: 1, ...counts };
  expect(fieldsOf(sessionJson(session, true))).toEqual(documented('sessions'));
  const range = { kind: 'keys', extent: 'range', from: Buffer.of(), to: Buffer.of() };
  const watch = { connection: 1, watch: 1, client: '', ...range, lagging: false, unwrittenBytes: 0, sessions: [] };
  expect(fieldsOf(watchJson('n1', watch))).toEqual(documented('watches'));
});

test('log, hash, check', async () => {
  expect(fieldsOf(slotJson({ slot: 1, value: Buffer.of() }))).toEqual(documented('log').slice(0, 1));
  const hash = await printed('hash');
  expect(fieldsOf(hash, hash.members[0])).toEqual(documented('hash'));
  const check = await printed('check');
  expect(fieldsOf(check, check.findings[0])).toEqual(documented('check'));
});

test('events', () => {
  const lock = { type: 'lock', name: 'a', holders: [], holderCount: 0, waiterCount: 0, delay: undefined } as const;
  const events: readonly StateEvent[] = [
    { kind: 'key', event: { type: 'put', key: 'a', entry: entry('a', '1'), previous: undefined } },
    { kind: 'lock', event: lock },
    { kind: 'counter', event: { type: 'counter', name: 'a', value: 1n, previous: 0n } },
    { kind: 'session', event: { type: 'opened', id: '1', name: '', ttlMs: 1 } },
  ];
  expect(fieldsOf(...events.map((event) => stateEventJson(1, event)))).toEqual(documented('events').slice(0, 4));
});
