import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { waitFor } from '../../../src/testing/cluster/wait-for.ts';
import { LinkBench } from './ends.ts';

let bench: LinkBench;

beforeEach(async () => {
  bench = await LinkBench.open();
});

afterEach(() => bench[Symbol.asyncDispose]());

const until = (what: string, ask: () => boolean) => waitFor(what, ask, { timeoutMs: 5_000, everyMs: 1 });

async function untilAtRest(measure: () => number): Promise<void> {
  let before = -1;
  const isAtRest = () => {
    const now = measure();
    const isStill = now === before;
    before = now;
    return isStill;
  };
  await waitFor('it to come to rest', isAtRest, { timeoutMs: 5_000, everyMs: 50 });
}

describe('an open link', () => {
  test('carries bytes in order both ways, and counts them', async () => {
    const { dialer, target } = await bench.pair();
    const lines = Array.from({ length: 2_000 }, (_, index) => `${index}\n`);
    for (const line of lines) dialer.send(line);
    await target.receives(lines.join(''));
    target.send('answer');
    await dialer.receives('answer');
    const { connections, connectionsHeld, toTarget, toDialer } = bench.proxy.counters;
    expect([connections, connectionsHeld]).toEqual([1, 0]);
    expect(toTarget).toEqual({ bytesPassed: lines.join('').length, bytesHeld: 0, bytesLost: 0, bytesSlowed: 0 });
    expect(toDialer.bytesPassed).toBe('answer'.length);
  });

  test('carries the end of one half, and later that of the other', async () => {
    const { dialer, target } = await bench.pair();
    dialer.socket.end('last words');
    await until('the end', () => target.ended);
    expect(target.text).toBe('last words');
    target.send('still here');
    await dialer.receives('still here');
    target.socket.end();
    expect(await dialer.closes()).toBe('closed');
    await until('the link to forget the connection', () => bench.proxy.openConnections === 0);
  });

  test.each(['dialer', 'target'] as const)('carries a reset by the %s', async (name) => {
    const pair = await bench.pair();
    pair[name].socket.resetAndDestroy();
    expect(await pair[name === 'dialer' ? 'target' : 'dialer'].closes()).toBe('ECONNRESET');
  });

  test('holds back a sender whose receiver does not read', async () => {
    const { dialer, target } = await bench.pair();
    target.socket.pause();
    const piece = Buffer.alloc(1024 * 1024);
    for (let count = 0; count < 32; count += 1) dialer.socket.write(piece);
    await untilAtRest(() => dialer.socket.bytesWritten - dialer.socket.writableLength);
    expect(dialer.socket.writableLength).toBeGreaterThan(8 * piece.length);
    target.socket.resume();
    await until('all of it', () => target.receivedBytes === 32 * piece.length);
  });
});

describe('a blocked direction', () => {
  test('passes nothing and loses nothing, while the other goes on', async () => {
    const { dialer, target } = await bench.pair();
    bench.proxy.toTarget.set('blocked');
    dialer.send('held');
    target.send('free');
    await dialer.receives('free');
    await until('held bytes', () => bench.proxy.counters.toTarget.bytesHeld === 4);
    expect(target.text).toBe('');
    await bench.proxy.heal();
    dialer.send(' and more');
    await target.receives('held and more');
    expect(bench.proxy.counters.toTarget).toMatchObject({ bytesHeld: 4, bytesPassed: 13, bytesLost: 0 });
  });

  test('holds back a sender at last, and has kept everything', async () => {
    const { dialer, target } = await bench.pair();
    bench.proxy.toTarget.set('blocked');
    const bytes = 24 * 1024 * 1024;
    dialer.socket.write(Buffer.alloc(bytes));
    const heldBytes = () => bench.proxy.counters.toTarget.bytesHeld;
    await until('held bytes', () => heldBytes() >= 1024 * 1024);
    await untilAtRest(heldBytes);
    expect(heldBytes()).toBeLessThan(2 * 1024 * 1024);
    bench.proxy.toTarget.set('open');
    await until('all of it', () => target.receivedBytes === bytes);
  });

  test('keeps the end of a connection to itself', async () => {
    const { dialer, target } = await bench.pair();
    bench.proxy.toDialer.set('blocked');
    target.socket.end('gone');
    await until('held bytes', () => bench.proxy.counters.toDialer.bytesHeld === 4);
    expect([dialer.ended, dialer.text]).toEqual([false, '']);
    bench.proxy.toDialer.set('open');
    await until('the end', () => dialer.ended);
    expect(dialer.text).toBe('gone');
  });

  test.each(['toTarget', 'toDialer'] as const)('lets no new connection through: %s', async (name) => {
    bench.proxy[name].set('blocked');
    const dialer = bench.dial();
    dialer.send('hello');
    await until('a dial that hangs', () => bench.proxy.counters.connectionsHeld === 1);
    await until('the first bytes', () => dialer.socket.writableLength === 0);
    expect(bench.accepted).toEqual([]);
    await bench.proxy.heal();
    await until('the target to accept', () => bench.accepted.length === 1);
    await bench.accepted[0]?.receives('hello');
  });

  test('forgets a dialer that has hung up before it was let through', async () => {
    bench.proxy.toTarget.set('blocked');
    const dialer = bench.dial();
    await until('a dial that hangs', () => bench.proxy.counters.connectionsHeld === 1);
    dialer.socket.end();
    await until('the link to forget it', () => bench.proxy.openConnections === 0);
    await bench.proxy.heal();
    await bench.pair();
    expect(bench.accepted.length).toBe(1);
  });
});

describe('a black hole', () => {
  test('swallows bytes and tells nobody; the connection is reset when it ends', async () => {
    const { dialer, target } = await bench.pair();
    bench.proxy.toTarget.set('blackHole');
    dialer.send('lost');
    await until('lost bytes', () => bench.proxy.counters.toTarget.bytesLost === 4);
    target.send('unaware');
    await dialer.receives('unaware');
    expect([target.text, dialer.closedBy, target.closedBy]).toEqual(['', undefined, undefined]);
    await bench.proxy.heal();
    expect(await dialer.closes()).toBe('ECONNRESET');
    expect(await target.closes()).toBe('ECONNRESET');
    expect(bench.proxy.counters.connectionsReset).toBe(1);
  });

  test('a far end that has gone is never heard of: a half-open connection', async () => {
    const { dialer, target } = await bench.pair();
    for (const direction of bench.proxy.directions) direction.set('blackHole');
    target.socket.destroy();
    await target.closes();
    dialer.send('anybody there?');
    await until('lost bytes', () => bench.proxy.counters.toTarget.bytesLost === 14);
    expect(dialer.closedBy).toBeUndefined();
  });

  test('does no harm to a connection that was silent', async () => {
    const { dialer, target } = await bench.pair();
    bench.proxy.toTarget.set('blackHole');
    await bench.proxy.heal();
    dialer.send('whole');
    await target.receives('whole');
    expect(bench.proxy.counters.connectionsReset).toBe(0);
  });
});

describe('a slow direction', () => {
  test('delays every byte, with jitter, and keeps the order', async () => {
    const { dialer, target } = await bench.pair();
    bench.proxy.toTarget.setSpeed({ delayMs: 40, jitterMs: 40 });
    const startedMs = performance.now();
    const words = Array.from({ length: 20 }, (_, index) => `${index},`);
    for (const word of words) {
      dialer.send(word);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await target.receives(words.join(''));
    expect(performance.now() - startedMs).toBeGreaterThan(39);
    expect(bench.proxy.counters.toTarget.bytesSlowed).toBe(words.join('').length);
    expect(bench.proxy.counters.toDialer.bytesSlowed).toBe(0);
  });

  test('that is fast again keeps what is under way in order', async () => {
    const { dialer, target } = await bench.pair();
    bench.proxy.toTarget.setSpeed({ delayMs: 60 });
    dialer.send('slow, ');
    await until('slow bytes', () => bench.proxy.counters.toTarget.bytesSlowed === 6);
    bench.proxy.toTarget.setSpeed(undefined);
    dialer.send('then fast');
    await target.receives('slow, then fast');
  });

  test('limits the rate of all connections together', async () => {
    const pairs = [await bench.pair(), await bench.pair()];
    bench.proxy.toTarget.setSpeed({ bytesPerSecond: 100_000 });
    const startedMs = performance.now();
    for (const { dialer } of pairs) dialer.socket.write(Buffer.alloc(10_000));
    await until('all of it', () => pairs.every(({ target }) => target.receivedBytes === 10_000));
    expect(performance.now() - startedMs).toBeGreaterThan(190);
  });

  test.each([{ delayMs: -1 }, { jitterMs: Number.NaN }, { bytesPerSecond: 0 }])('cannot be %o', (speed) => {
    expect(() => bench.proxy.toTarget.setSpeed(speed)).toThrow(RangeError);
  });
});

describe('a link', () => {
  test('resets every connection at once', async () => {
    const pairs = [await bench.pair(), await bench.pair()];
    expect(bench.proxy.reset()).toBe(2);
    for (const { dialer, target } of pairs) {
      expect(await dialer.closes()).toBe('ECONNRESET');
      expect(await target.closes()).toBe('ECONNRESET');
    }
    expect(bench.proxy.counters.connectionsReset).toBe(2);
  });

  test('refuses new connections and keeps the others', async () => {
    const { dialer, target } = await bench.pair();
    await bench.proxy.refuse();
    expect(bench.proxy.counters.refusals).toBe(1);
    expect(await bench.dial().closes()).toBe('ECONNREFUSED');
    dialer.send('still');
    await target.receives('still');
    await bench.proxy.heal();
    await bench.pair();
  });

  test('whose target takes no connection resets the dialer', async () => {
    await bench.closeTarget();
    expect(await bench.dial().closes()).toBe('ECONNRESET');
    await until('the link to forget it', () => bench.proxy.openConnections === 0);
  });

  test('refuses while its target is down, whatever else is healed', async () => {
    await bench.proxy.targetDown();
    await bench.proxy.heal();
    expect(await bench.dial().closes()).toBe('ECONNREFUSED');
    await bench.proxy.targetUp();
    await bench.pair();
  });
});
