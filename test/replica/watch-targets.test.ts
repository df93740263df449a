import { describe, expect, it } from 'vitest';
import { WatchHub } from '../../src/replica/watch-hub.ts';
import { utf8Bytes } from '../../src/wire/bytes.ts';
import type { Revision } from '../../src/wire/identifiers.ts';
import { decodeWatchNotice } from '../../src/wire/notice-codec.ts';
import type { KeyRange } from '../../src/wire/operation.ts';
import { everything, type WatchTarget, type WireEvent } from '../../src/wire/watch.ts';
import { ClientStreams, MachineDriver, none, prefix, put, single } from './driver.ts';

const all: KeyRange = { from: new Uint8Array(0), to: 'unbounded' };

function on(kind: WatchTarget['kind'], range: KeyRange, rest: Partial<WatchTarget> = {}): WatchTarget {
  return { ...everything, kind, range, ...rest };
}

function setUp() {
  const driver = new MachineDriver();
  const hub = new WatchHub(driver.machine);
  hub.onApplied();
  const streams = new ClientStreams();
  const connection = streams.open(1);
  const watch = (watchId: number, target: WatchTarget, fromRevision = 0): void => {
    hub.create(connection, { watchId, target, fromRevision: fromRevision as Revision, seenRevision: none });
  };
  const settle = (): void => {
    hub.onApplied();
    hub.pump();
  };
  const apply = (...bodies: Parameters<MachineDriver['apply']>): void => {
    driver.apply(...bodies);
    settle();
  };
  /** The events of all batches since the last call. */
  const told = (): WireEvent[] =>
    streams.frames().flatMap((frame) =>
      frame.watchNotices.flatMap((bytes) => {
        const { notice } = decodeWatchNotice(bytes);
        return notice.kind === 'batch' ? [...notice.events] : [];
      }),
    );
  return { driver, hub, streams, connection, watch, settle, apply, told };
}

describe('watches on locks, counters and sessions', () => {
  it('are told what they select, and nothing of other kinds under the same name', () => {
    const { streams, watch, apply } = setUp();
    watch(1, on('locks', single('a')));
    watch(2, on('counters', single('a')));
    watch(3, on('keys', single('a')));
    watch(4, on('locks', prefix('a')));
    streams.notices();
    apply(put('a', '1'));
    apply({ kind: 'lockAcquire', name: 'a', wait: true });
    apply({ kind: 'counterAdd', name: 'a', count: 2 });
    apply({ kind: 'lockAcquire', name: 'ab', wait: true });
    apply({ kind: 'lockAcquire', name: 'b', wait: true });
    expect(streams.notices()).toEqual([
      '3 @2 put a',
      '1 @3 lock a 3 +0',
      '4 @3 lock a 3 +0',
      '2 @4 counter a 0 -> 2',
      '4 @5 lock ab 5 +0',
    ]);
  });

  it('are told the end of a session whole, each its part', () => {
    const { driver, streams, watch, settle } = setUp();
    const owner = driver.open();
    settle();
    watch(1, on('locks', all));
    watch(2, on('sessions', single(`${owner.sessionId}`)));
    watch(3, on('sessions', all));
    watch(4, on('keys', all));
    streams.notices();
    for (const name of ['b', 'a']) owner.apply({ kind: 'lockAcquire', name, wait: true });
    owner.apply({ ...put('k', 'v'), ephemeral: true });
    owner.apply({ kind: 'closeSession' });
    settle();
    expect(streams.notices()).toEqual([
      '1 @3 lock b 3 +0',
      '1 @4 lock a 4 +0',
      '4 @5 put k',
      '4 @6 delete k',
      '2 @6 session 2 closed',
      '1 @6 lock a free +0, lock b free +0',
      '3 @6 session 2 closed',
    ]);
  });

  it('from the past get history, and COMPACTED if it is gone', () => {
    const { driver, streams, watch, apply } = setUp();
    for (let count = 0; count < 3; count++) apply({ kind: 'counterAdd', name: 'c', count: 1 });
    watch(1, on('counters', single('c'), {}), 3);
    expect(streams.notices()).toEqual(['1 from 3', '1 @3 counter c 1 -> 2', '1 @4 counter c 2 -> 3']);
    driver.compact(3);
    watch(2, on('counters', single('c')), 3);
    watch(3, on('sessions', all), 4);
    expect(streams.notices()).toEqual(['2 ended COMPACTED 4', '3 from 4']);
  });

  it('with names beyond ASCII are found', () => {
    const { streams, watch, apply } = setUp();
    watch(1, on('locks', single('größe')));
    watch(2, on('locks', { from: utf8Bytes('gr'), to: utf8Bytes('gs') }));
    streams.notices();
    apply({ kind: 'lockAcquire', name: 'größe', wait: true });
    expect(streams.notices()).toEqual(['1 @2 lock größe 2 +0', '2 @2 lock größe 2 +0']);
  });

  it('cannot leave anything out', () => {
    const { hub, streams, watch } = setUp();
    watch(1, on('locks', all, { keysOnly: true }));
    watch(2, on('counters', all, { events: 'put' }));
    watch(3, on('keys', single('')));
    expect(streams.notices()).toEqual([
      '1 ended INVALID_ARGUMENT 0',
      '2 ended INVALID_ARGUMENT 0',
      '3 ended INVALID_ARGUMENT 0',
    ]);
    expect(hub.count).toBe(0);
  });
});

describe('what a watch on keys leaves out', () => {
  it('events of the other type', () => {
    const { streams, watch, apply } = setUp();
    watch(1, on('keys', single('a'), { events: 'put' }));
    watch(2, on('keys', prefix('a'), { events: 'delete' }));
    streams.notices();
    apply(put('a', '1'));
    apply({ kind: 'delete', key: utf8Bytes('a') });
    expect(streams.notices()).toEqual(['1 @2 put a', '2 @3 delete a']);
  });

  it('values, and what was before', () => {
    const { watch, apply, told } = setUp();
    apply(put('a', 'old'));
    for (const [id, form] of [
      [1, { keysOnly: true }],
      [2, { withoutPrevious: true }],
      [3, {}],
    ] as const) {
      watch(id, on('keys', single('a'), form));
    }
    told();
    apply(put('a', 'new'));
    const empty = new Uint8Array(0);
    const [keysOnly, withoutPrevious, plain] = told();
    expect(keysOnly).toMatchObject({ entry: { value: empty, version: 2 }, previous: { value: empty, version: 1 } });
    expect(withoutPrevious).toMatchObject({ entry: { value: utf8Bytes('new') }, previous: undefined });
    expect(plain).toMatchObject({ entry: { value: utf8Bytes('new') }, previous: { value: utf8Bytes('old') } });
  });

  it('is left out of what it reads from history, too', () => {
    const { streams, watch, apply } = setUp();
    apply(put('a', '1'), { kind: 'delete', key: utf8Bytes('a') }, put('a', '2'));
    watch(1, on('keys', single('a'), { events: 'delete' }), 2);
    expect(streams.notices()).toEqual(['1 from 2', '1 @3 delete a']);
  });

  it('watches with equal targets on one stream are told in one notice, others apart', () => {
    const { streams, watch, apply } = setUp();
    for (const id of [1, 2]) watch(id, on('keys', single('a')));
    for (const id of [3, 4]) watch(id, on('keys', single('a'), { keysOnly: true }));
    streams.notices();
    apply(put('a', '1'));
    expect(streams.notices()).toEqual(['1+2 @2 put a', '3+4 @2 put a']);
  });

  it('one that is given up leaves those of the same key alone', () => {
    const { hub, connection, streams, watch, apply } = setUp();
    watch(1, on('keys', single('a')));
    watch(2, on('keys', single('a'), { keysOnly: true }));
    streams.notices();
    hub.cancel(connection, 1);
    apply(put('a', '1'));
    hub.cancel(connection, 2);
    apply(put('a', '2'));
    expect(streams.notices()).toEqual(['2 @2 put a']);
  });
});

describe('progress', () => {
  it('is told again to a watch that could not be told, though nothing new has come', () => {
    const { hub, streams, connection, watch, apply } = setUp();
    watch(1, on('keys', single('quiet')));
    const noise = streams.open(2);
    hub.create(noise, { watchId: 1, target: on('keys', all), fromRevision: none, seenRevision: none });
    // What this stream has not written keeps it from being told.
    while (connection.writable) connection.result(new Uint8Array(1024 * 1024));
    apply(put('a', '1'));
    hub.onTick(0);
    expect(streams.notices().filter((line) => line.includes('progress'))).toEqual(['1 progress 2']);
    streams.drain(connection);
    hub.onTick(1_000);
    expect(streams.notices()).toEqual([]);
    hub.onTick(4_000);
    expect(streams.notices()).toEqual(['1 progress 2', '1 progress 2']);
  });

  it('is not told to a watch that is behind, or begins later', () => {
    const { hub, streams, watch, apply } = setUp();
    watch(1, on('keys', single('a')), 9);
    apply(put('b', '1'));
    hub.onTick(0);
    expect(streams.notices()).toEqual(['1 from 9']);
  });
});
