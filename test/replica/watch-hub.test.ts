import { describe, expect, it } from 'vitest';
import { WatchHub } from '../../src/replica/watch-hub.ts';
import { utf8Bytes } from '../../src/wire/bytes.ts';
import type { Revision } from '../../src/wire/identifiers.ts';
import type { KeyRange } from '../../src/wire/operation.ts';
import { everything, type WatchTarget } from '../../src/wire/watch.ts';
import { ClientStreams, MachineDriver, prefix, put, single } from './driver.ts';

function watchOf(watchId: number, range: KeyRange, fromRevision = 0, seenRevision = 0, target?: Partial<WatchTarget>) {
  return {
    watchId,
    target: { ...everything, kind: 'keys', range, ...target } as const,
    fromRevision: fromRevision as Revision,
    seenRevision: seenRevision as Revision,
  };
}

function setUp() {
  const driver = new MachineDriver();
  const hub = new WatchHub(driver.machine);
  hub.onApplied();
  const streams = new ClientStreams();
  const connection = streams.open(1);
  /** Applies, as a replica does: then the hub hears of it, then the turn ends. */
  const apply = (...bodies: Parameters<MachineDriver['apply']>) => {
    driver.apply(...bodies);
    hub.onApplied();
    hub.pump();
  };
  return { driver, hub, streams, connection, apply };
}

describe('WatchHub', () => {
  it('tells what changes from now on, to the watches that select it', () => {
    const { hub, streams, connection, apply } = setUp();
    hub.create(connection, watchOf(1, single('a')));
    hub.create(connection, watchOf(2, prefix('b')));
    apply(put('a', '1'), put('bb', '1'), put('c', '1'), { kind: 'delete', key: utf8Bytes('a') });
    expect(streams.notices()).toEqual(['1 from 2', '2 from 2', '1 @2 put a', '2 @3 put bb', '1 @5 delete a']);
  });

  it('tells all watches of one selection and stream in one notice', () => {
    const { hub, streams, connection, apply } = setUp();
    const other = streams.open(2);
    for (const id of [1, 2, 3]) hub.create(connection, watchOf(id, single('a')));
    hub.create(other, watchOf(1, single('a')));
    streams.notices();
    apply(put('a', '1'));
    expect(streams.notices()).toEqual(['1+2+3 @2 put a', '1 @2 put a']);
  });

  it('a watch from the past gets history first, then what comes, each revision once', () => {
    const { hub, streams, connection, apply } = setUp();
    apply(put('a', '1'), put('a', '2'), put('a', '3'));
    hub.create(connection, watchOf(1, single('a'), 3));
    apply(put('a', '4'));
    expect(streams.notices()).toEqual(['1 from 3', '1 @3 put a', '1 @4 put a', '1 @5 put a']);
  });

  it('a watch from a revision that is still to come is silent until then', () => {
    const { hub, streams, connection, apply } = setUp();
    hub.create(connection, watchOf(1, single('a'), 4));
    apply(put('a', '2'), put('a', '3'));
    expect(streams.notices()).toEqual(['1 from 4']);
    apply(put('a', '4'), put('a', '5'));
    expect(streams.notices()).toEqual(['1 @4 put a', '1 @5 put a']);
  });

  it('from now on starts above what the client has seen elsewhere', () => {
    const { hub, streams, connection, apply } = setUp();
    hub.create(connection, watchOf(1, single('a'), 0, 3));
    apply(put('a', '2'), put('a', '3'), put('a', '4'));
    expect(streams.notices()).toEqual(['1 from 4', '1 @4 put a']);
  });

  it('behind the last revision that can be there is nothing to watch', () => {
    const { hub, streams, connection } = setUp();
    hub.create(connection, watchOf(1, single('a'), 0, Number.MAX_SAFE_INTEGER));
    hub.create(connection, watchOf(2, single('a'), Number.MAX_SAFE_INTEGER));
    expect(streams.notices()).toEqual(['1 ended INVALID_ARGUMENT 0', '2 ended INVALID_ARGUMENT 0']);
    expect(hub.count).toBe(0);
  });

  it('a start that is compacted ends the watch with the oldest revision', () => {
    const { driver, hub, streams, connection, apply } = setUp();
    apply(put('a', '2'), put('a', '3'), put('a', '4'));
    driver.compact(3);
    hub.create(connection, watchOf(1, single('a'), 3));
    hub.create(connection, watchOf(2, single('a'), 4));
    expect(streams.notices()).toEqual(['1 ended COMPACTED 4', '2 from 4', '2 @4 put a']);
    expect(hub.count).toBe(1);
  });

  it('what is forgotten in the very slot in which it was done ends every watch that has not been told of it', () => {
    const { hub, streams, connection, apply } = setUp();
    hub.create(connection, watchOf(1, single('a')));
    hub.create(connection, watchOf(2, single('b')));
    hub.create(connection, watchOf(3, single('a'), 5));
    streams.notices();
    apply(put('a', '2'), put('a', '3'), { kind: 'compactHistory', revision: 3 as Revision }, put('a', '4'));
    expect(streams.notices()).toEqual(['1 ended COMPACTED 4', '2 ended COMPACTED 4']);
    apply(put('a', '5'));
    expect(streams.notices()).toEqual(['3 @5 put a']);
    hub.create(connection, watchOf(4, single('a'), 4));
    expect(streams.notices()).toEqual(['4 from 4', '4 @4 put a', '4 @5 put a']);
  });

  it('a stream that takes nothing gets nothing buffered, and everything later, without a gap', () => {
    const { hub, streams, connection, apply } = setUp();
    hub.create(connection, watchOf(1, single('a')));
    const value = 'v'.repeat(1024 * 1024);
    const told: string[] = [];
    for (let count = 0; count < 12; count += 1) {
      apply(put('a', value));
      told.push(...streams.notices());
    }
    expect(told.length).toBeLessThan(8);
    expect(hub.laggingCount).toBe(1);
    while (told.length < 13) {
      streams.drain(connection);
      hub.pump();
      const more = streams.notices();
      expect(more.length).toBeGreaterThan(0);
      told.push(...more);
    }
    expect(told).toEqual(['1 from 2', ...Array.from({ length: 12 }, (_, index) => `1 @${index + 2} put a`)]);
    streams.drain(connection);
    hub.pump();
    expect(hub.laggingCount).toBe(0);
  });

  it('a slow watch whose history is compacted away is told so, never skipped', () => {
    const { driver, hub, streams, connection, apply } = setUp();
    hub.create(connection, watchOf(1, single('a')));
    const value = 'v'.repeat(1024 * 1024);
    for (let count = 0; count < 12; count += 1) {
      apply(put('a', value));
      streams.notices();
    }
    driver.compact(12);
    streams.drain(connection);
    hub.pump();
    expect(streams.notices()).toEqual(['1 ended COMPACTED 13']);
  });

  it('a revision with much in it travels in parts, all but the last marked', () => {
    const { hub, streams, connection, apply } = setUp();
    hub.create(connection, watchOf(1, prefix('k')));
    const value = 'v'.repeat(600 * 1024);
    apply({ kind: 'transaction', if: [], then: ['k1', 'k2', 'k3'].map((key) => put(key, value)), else: [] });
    expect(streams.notices()).toEqual(['1 from 2', '1 @2 put k1, put k2 ...', '1 @2 put k3']);
  });

  describe('a revision with much more than a stream may have unwritten', () => {
    const keys = Array.from({ length: 20 }, (_, index) => `k${index + 10}`);
    const value = 'v'.repeat(1024 * 1024);

    /** Deletes them all in revision 22, told with what they were. */
    function deleteAll({ apply }: Pick<ReturnType<typeof setUp>, 'apply'>): void {
      apply({
        kind: 'transaction',
        if: [],
        then: keys.map((key) => ({ kind: 'delete', key: utf8Bytes(key) })),
        else: [],
      });
    }

    /** Once the stream has taken all that there is for it, a turn at a time. */
    function toldInTurns({ hub, streams, connection }: ReturnType<typeof setUp>): readonly string[] {
      const told = [...streams.notices()];
      for (let more = told; more.length > 0; told.push(...more)) {
        expect(connection.unwrittenBytes).toBeLessThan(7 * 1024 * 1024);
        expect(connection.overflown).toBe(false);
        streams.drain(connection);
        hub.pump();
        more = [...streams.notices()];
      }
      return told;
    }

    const whole = [...keys.slice(0, -1).map((key) => `1 @22 delete ${key} ...`), `1 @22 delete ${keys.at(-1)}`];

    it('is delivered whole, at the pace of its client, to a watch that was told everything before', () => {
      const world = setUp();
      world.apply(...keys.map((key) => put(key, value)));
      world.hub.create(world.connection, watchOf(1, prefix('k')));
      deleteAll(world);
      expect(world.hub.laggingCount).toBe(1);
      expect(toldInTurns(world)).toEqual(['1 from 22', ...whole]);
      world.apply(put('k', '1'));
      expect(world.streams.notices()).toEqual(['1 @23 put k']);
    });

    it('and to one that reads it from history', () => {
      const world = setUp();
      world.apply(...keys.map((key) => put(key, value)));
      deleteAll(world);
      world.apply(put('other', '1'), put('k', '1'));
      world.hub.create(world.connection, watchOf(1, prefix('k'), 22));
      expect(toldInTurns(world)).toEqual(['1 from 22', ...whole, '1 @24 put k']);
      expect(world.hub.laggingCount).toBe(0);
    });

    it('and a stream that takes it is told all of it, though another does not', () => {
      const world = setUp();
      const { apply, hub, streams, connection } = world;
      apply(...keys.map((key) => put(key, value)));
      const quick = streams.open(2);
      for (const each of [connection, quick]) hub.create(each, watchOf(1, prefix('k')));
      deleteAll(world);
      const told = [...streams.notices()];
      for (let turn = 0; turn < keys.length; turn += 1) {
        streams.drain(quick);
        hub.pump();
        told.push(...streams.notices());
      }
      expect(told.filter((line) => line === whole.at(-1))).toHaveLength(1);
      expect(hub.laggingCount).toBe(1);
    });

    it('ends with COMPACTED when it is forgotten in the middle', () => {
      const world = setUp();
      const { driver, apply, hub, streams, connection } = world;
      apply(...keys.map((key) => put(key, value)));
      hub.create(connection, watchOf(1, prefix('k')));
      deleteAll(world);
      expect(streams.notices().at(-1)).toMatch(/^1 @22 delete k\d+ \.\.\.$/);
      driver.compact(22);
      streams.drain(connection);
      hub.pump();
      expect(streams.notices()).toEqual(['1 ended COMPACTED 23']);
      expect(hub.count).toBe(0);
    });
  });

  it('buffers no more in one turn than a stream may have unwritten', () => {
    const { driver, hub, streams, connection } = setUp();
    hub.create(connection, watchOf(1, single('a')));
    const value = 'v'.repeat(1024 * 1024);
    for (let count = 0; count < 12; count += 1) {
      driver.apply(put('a', value));
      hub.onApplied();
    }
    hub.pump();
    expect(streams.notices().length).toBeLessThan(7);
    expect(hub.laggingCount).toBe(1);
  });

  it('reads a bounded part of the history in one turn, and all of it in the end', () => {
    const { hub, streams, connection, apply } = setUp();
    apply(...Array.from({ length: 900 }, () => put('a', '1')));
    for (let id = 1; id <= 20; id += 1) hub.create(connection, watchOf(id, single('a'), 2));
    hub.pump();
    const told = streams.notices().filter((line) => line.includes('put'));
    expect(told.length).toBeLessThanOrEqual(4_096);
    for (let turn = 0; turn < 10; turn += 1) {
      hub.pump();
      told.push(...streams.notices());
      streams.drain(connection);
    }
    expect(hub.laggingCount).toBe(0);
    for (let id = 1; id <= 20; id += 1) {
      const own = told.filter((line) => line.startsWith(`${id} `));
      expect(own).toEqual(Array.from({ length: 900 }, (_, index) => `${id} @${index + 2} put a`));
    }
  });

  it('watches that wait for what is far off keep no other from its turn', () => {
    const { hub, streams, connection, apply } = setUp();
    const slow = streams.open(2);
    for (let id = 1; id <= 3_000; id += 1) hub.create(connection, watchOf(id, single('a'), 9_999));
    hub.create(slow, watchOf(9_000, single('a')));
    const value = 'v'.repeat(1024 * 1024);
    for (let count = 0; count < 6; count += 1) apply(put('a', value));
    const told = streams.notices().filter((line) => line.includes('put'));
    expect(told.length).toBeLessThan(6);
    for (let turn = 0; turn < 16; turn += 1) {
      streams.drain(slow);
      hub.pump();
      told.push(...streams.notices());
    }
    expect(told).toEqual([2, 3, 4, 5, 6, 7].map((revision) => `9000 @${revision} put a`));
  });

  it('idle watches are told how far everything has been delivered', () => {
    const { hub, streams, connection, apply } = setUp();
    hub.create(connection, watchOf(1, single('a')));
    apply(put('b', '1'));
    hub.onTick(0);
    hub.onTick(500);
    expect(streams.notices()).toEqual(['1 from 2', '1 progress 2']);
    hub.onTick(2_000);
    expect(streams.notices()).toEqual([]);
    hub.onTick(3_000);
    expect(streams.notices()).toEqual([]);
    hub.onTick(4_000);
    expect(streams.notices()).toEqual(['1 progress 2']);
  });

  it('a cancelled watch and those of a closed stream are forgotten', () => {
    const { hub, streams, connection, apply } = setUp();
    for (const id of [1, 2]) hub.create(connection, watchOf(id, single('a')));
    hub.cancel(connection, 1);
    streams.notices();
    apply(put('a', '1'));
    expect(streams.notices()).toEqual(['2 @2 put a']);
    hub.onClientClosed(connection);
    apply(put('a', '2'));
    expect(streams.notices()).toEqual([]);
    expect(hub.count).toBe(0);
  });
});
