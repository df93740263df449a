import { describe, expect, test } from 'vitest';
import type { StateEvent } from '../../../src/cli/observe/event-stream.ts';
import { stateEventJson, stateEventText } from '../../../src/cli/observe/event-view.ts';
import { entry } from '../fake-context.ts';

const holder = {
  session: '11',
  mode: 'exclusive',
  token: 17,
  permit: undefined,
  askedRevision: 9,
  note: Buffer.from('on h1'),
  noteText: 'on h1',
} as const;
const free = { type: 'lock', name: 'jobs/1', holders: [], holderCount: 0, waiterCount: 0, delay: undefined } as const;

function put(key: string, value: string | Uint8Array): StateEvent {
  return { kind: 'key', event: { type: 'put', key, entry: entry(key, value), previous: undefined } };
}

const lock = (more: object): StateEvent => ({ kind: 'lock', event: { ...free, ...more } });

describe('an event is one line', () => {
  test.each<[StateEvent, string]>([
    [put('a', '1'), '5 put a 1'],
    [put('a\nb', 'x'.repeat(300)), '5 put a\ufffdb (300 B)'],
    [{ kind: 'key', event: { type: 'delete', key: 'a', previous: undefined } }, '5 delete a'],
    [lock({}), '5 lock jobs/1 free'],
    [lock({ holders: [holder], holderCount: 1 }), '5 lock jobs/1 held by session 11, exclusive, token 17'],
    [
      lock({ holders: [{ ...holder, mode: 'permit', token: undefined, permit: 8 }], holderCount: 3, waiterCount: 2 }),
      '5 lock jobs/1 held by session 11 and 2 more, permit, permit 8, 2 waiting',
    ],
    [lock({ delay: { sinceRevision: 4, delayMs: 60_000 }, waiterCount: 1 }), '5 lock jobs/1 closed for 1m, 1 waiting'],
    [{ kind: 'counter', event: { type: 'counter', name: 'orders', value: 42n, previous: 41n } }, '5 counter orders 42'],
    [
      { kind: 'session', event: { type: 'expired', id: '11', name: 'worker', ttlMs: 10_000 } },
      '5 session 11 expired worker (TTL 10s)',
    ],
  ])('%#', (event, text) => {
    expect(stateEventText(5, event)).toBe(text);
  });
});

describe('an event is an object for programs', () => {
  test.each<[StateEvent, object]>([
    [put('a', Uint8Array.of(255)), { revision: 5, type: 'put', key: 'a', valueBase64: '/w==' }],
    [
      { kind: 'key', event: { type: 'delete', key: '\ufffd', previous: entry(Uint8Array.of(255), '') } },
      { revision: 5, type: 'delete', keyBase64: '/w==' },
    ],
    [
      lock({ holders: [holder], holderCount: 1 }),
      {
        revision: 5,
        type: 'lock',
        name: 'jobs/1',
        holders: [{ session: '11', mode: 'exclusive', token: 17, permit: null, askedRevision: 9, note: 'on h1' }],
        holderCount: 1,
        waiterCount: 0,
        delay: null,
      },
    ],
    [
      { kind: 'counter', event: { type: 'counter', name: 'orders', value: 2n ** 60n, previous: 41n } },
      { revision: 5, type: 'counter', name: 'orders', value: '1152921504606846976', previous: '41' },
    ],
    [
      { kind: 'session', event: { type: 'opened', id: '11', name: 'worker', ttlMs: 10_000 } },
      { revision: 5, type: 'session', change: 'opened', id: '11', name: 'worker', ttlMs: 10_000 },
    ],
  ])('%#', (event, json) => {
    expect(stateEventJson(5, event)).toEqual(json);
  });
});
