import { describe, expect, it } from 'vitest';
import { type Leadership, LeadershipGate } from '../../src/replica/leadership-gate.ts';

/** A leadership that is what the test says. */
class ScriptedLeadership implements Leadership {
  serving = true;
  hasLease = false;
  heartbeatId = 0;
  confirmedThrough = 0;

  leaseHolds(): boolean {
    return this.hasLease;
  }

  requestConfirmation(): number {
    return this.heartbeatId + 1;
  }
}

function setUp() {
  const leadership = new ScriptedLeadership();
  const passed: string[] = [];
  const gate = new LeadershipGate<string>(leadership, (check) => passed.push(check));
  return { leadership, gate, passed };
}

describe('LeadershipGate', () => {
  it('lets pass at once under the lease', () => {
    const { leadership, gate, passed } = setUp();
    leadership.hasLease = true;
    expect(gate.submit('a', [])).toBe(true);
    expect(passed).toEqual(['a']);
  });

  it('takes nothing on a node that does not serve', () => {
    const { leadership, gate, passed } = setUp();
    leadership.serving = false;
    leadership.hasLease = true;
    expect(gate.submit('a', [])).toBe(false);
    leadership.confirmedThrough = 9;
    gate.release();
    expect(passed).toEqual([]);
  });

  it('waits without a lease until a heartbeat is answered that was sent after the question', () => {
    const { leadership, gate, passed } = setUp();
    leadership.heartbeatId = 3;
    gate.submit('a', []);
    gate.submit('b', []);
    leadership.heartbeatId = 4;
    gate.submit('c', []);
    leadership.confirmedThrough = 3;
    gate.release();
    expect(passed).toEqual([]);
    leadership.confirmedThrough = 4;
    gate.release();
    expect(passed).toEqual(['a', 'b']);
    leadership.confirmedThrough = 6;
    gate.release();
    gate.release();
    expect(passed).toEqual(['a', 'b', 'c']);
  });

  it('gives back what waited when leadership is over, and never lets it pass', () => {
    const { leadership, gate, passed } = setUp();
    gate.submit('a', []);
    expect(gate.abandon()).toEqual(['a']);
    leadership.confirmedThrough = 9;
    gate.release();
    expect(passed).toEqual([]);
    expect(gate.abandon()).toEqual([]);
  });
});
