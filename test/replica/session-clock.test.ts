import { describe, expect, it } from 'vitest';
import { SessionClock } from '../../src/replica/session-clock.ts';
import type { SessionId } from '../../src/wire/identifiers.ts';

const id = 7 as SessionId;
const session = { id, generation: 1, ttlMs: 1_000 };

/** Runs the clock in small steps, as ticks do, so that nothing looks like a stall. */
function runTo(clock: SessionClock, fromMs: number, toMs: number): void {
  for (let nowMs = fromMs; nowMs < toMs; nowMs += 25) clock.advance(nowMs);
  clock.advance(toMs);
}

describe('SessionClock', () => {
  it('expires a silent session after its TTL stretched for the worst clocks, and not before', () => {
    const clock = new SessionClock();
    clock.advance(0);
    clock.restart([], 100);
    clock.opened(session);
    // 1000 ms * 1.1 / 0.9, rounded up.
    runTo(clock, 0, 1_222);
    expect(clock.takeExpired()).toEqual([]);
    runTo(clock, 1_222, 1_223);
    expect(clock.takeExpired()).toEqual([{ sessionId: id, generation: 1 }]);
  });

  it('names an expired session once', () => {
    const clock = new SessionClock();
    clock.advance(0);
    clock.opened(session);
    runTo(clock, 0, 1_000);
    expect(clock.takeExpired()).toHaveLength(1);
    expect(clock.takeExpired()).toEqual([]);
  });

  it('a keep-alive gives a full span again', () => {
    const clock = new SessionClock();
    clock.advance(0);
    clock.opened(session);
    runTo(clock, 0, 900);
    expect(clock.keepAlive(id, 1)).toBe(true);
    runTo(clock, 900, 1_899);
    expect(clock.takeExpired()).toEqual([]);
    runTo(clock, 1_899, 1_900);
    expect(clock.takeExpired()).toHaveLength(1);
  });

  it('acknowledges nothing once the expiry is proposed, nor for another generation or a stranger', () => {
    const clock = new SessionClock();
    clock.advance(0);
    clock.opened(session);
    expect(clock.keepAlive(id, 2)).toBe(false);
    expect(clock.keepAlive(8 as SessionId, 1)).toBe(false);
    runTo(clock, 0, 1_000);
    clock.takeExpired();
    expect(clock.keepAlive(id, 1)).toBe(false);
  });

  it('judges anew when the expiry could not be proposed', () => {
    const clock = new SessionClock();
    clock.advance(0);
    clock.opened(session);
    runTo(clock, 0, 1_000);
    clock.takeExpired();
    clock.notProposed(id);
    expect(clock.keepAlive(id, 1)).toBe(true);
    runTo(clock, 1_000, 2_000);
    expect(clock.takeExpired()).toHaveLength(1);
  });

  it('a stall of this node counts for no session', () => {
    const clock = new SessionClock();
    clock.advance(0);
    clock.opened(session);
    runTo(clock, 0, 500);
    clock.advance(60_500);
    expect(clock.takeExpired()).toEqual([]);
    runTo(clock, 60_500, 60_999);
    expect(clock.takeExpired()).toEqual([]);
    runTo(clock, 60_999, 61_000);
    expect(clock.takeExpired()).toHaveLength(1);
  });

  it('a new leader gives every session a full span', () => {
    const clock = new SessionClock();
    clock.advance(0);
    clock.opened(session);
    runTo(clock, 0, 999);
    clock.restart([session], 0);
    runTo(clock, 999, 1_998);
    expect(clock.takeExpired()).toEqual([]);
    runTo(clock, 1_998, 1_999);
    expect(clock.takeExpired()).toHaveLength(1);
  });
});
