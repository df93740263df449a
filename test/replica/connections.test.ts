import { describe, expect, it } from 'vitest';
import { Connections } from '../../src/replica/connections.ts';
import type { ReplicaEffect } from '../../src/replica/effect.ts';
import type { WireError } from '../../src/wire/result.ts';
import { wireError } from '../../src/wire/wire-error.ts';

const megabyte = 1024 * 1024;
const farewell: WireError = wireError('BUSY', 'enough');

function setUp() {
  const connections = new Connections();
  const connection = connections.open(1);
  /** The end of a turn, one line per effect: `connection results bytes`. */
  const flush = (): readonly ReplicaEffect[] => {
    const effects: ReplicaEffect[] = [];
    connections.flush(effects);
    return effects;
  };
  /** The sizes of the results in each frame. */
  const frames = () =>
    flush().flatMap((effect) =>
      effect.type === 'reply' ? [effect.frame.results.map(({ byteLength }) => byteLength)] : [],
    );
  return { connections, connection, flush, frames };
}

describe('Connections', () => {
  it('gather what is said in a turn into one frame, and say nothing when there is nothing', () => {
    const { connection, frames } = setUp();
    for (const bytes of [1, 2, 3]) connection.result(new Uint8Array(bytes));
    expect(frames()).toEqual([[1, 2, 3]]);
    expect(frames()).toEqual([]);
  });

  it('cut a frame before the item that would make it long; a single longer one travels alone', () => {
    const { connection, frames } = setUp();
    for (const bytes of [600_000, 400_000, 300_000, 3 * megabyte, 1]) connection.result(new Uint8Array(bytes));
    expect(frames()).toEqual([[600_000, 400_000], [300_000], [3 * megabyte], [1]]);
  });

  it('count all that is not written, that of this turn included', () => {
    const { connection, flush } = setUp();
    const say = (count: number) => {
      for (let index = 0; index < count; index += 1) connection.result(new Uint8Array(megabyte));
    };
    say(3);
    expect(connection.writable).toBe(true);
    say(1);
    expect(connection.writable).toBe(false);
    let bytes = 0;
    for (const effect of flush()) if (effect.type === 'reply') bytes += effect.bytes;
    expect(connection.writable).toBe(false);
    connection.drained(bytes);
    expect(connection.writable).toBe(true);
    say(15);
    expect(connection.takesReads).toBe(true);
    say(1);
    expect(connection.takesReads).toBe(false);
    say(47);
    expect(connection.overflown).toBe(false);
    say(1);
    expect(connection.overflown).toBe(true);
  });

  it('say nothing after the goodbye, and close once', () => {
    const { connection, flush } = setUp();
    connection.result(new Uint8Array(1));
    connection.goodbye(farewell);
    const last = flush();
    expect(last.map(({ type }) => type)).toEqual(['reply', 'closeClient']);
    expect(last[0]).toMatchObject({ frame: { results: [new Uint8Array(1)], goodbye: farewell } });
    connection.result(new Uint8Array(1));
    connection.watchNotice(new Uint8Array(1));
    expect(flush()).toEqual([]);
  });

  it('say nothing to a client that has gone', () => {
    const { connections, connection, flush } = setUp();
    connection.result(new Uint8Array(1));
    connections.close(1);
    expect(flush()).toEqual([]);
    expect(connections.size).toBe(0);
  });
});
