import { describe, expect, test } from 'vitest';
import { describeBody, put, TestMachine } from './harness.ts';

/** Bugs that lock recipes built from ephemeral sequential keys had, one after another (Curator's trackers tell). */
describe('classes of bugs that must not exist here', () => {
  test('a lost answer on asking leaves an orphan in the queue: the retry is the same place', () => {
    const machine = new TestMachine();
    const [holder, client] = [machine.open(), machine.open()];
    const held = holder.lock('l');
    const ask = client.operation({ kind: 'lockAcquire', name: 'l', wait: true });
    machine.apply(ask);
    machine.apply(ask);
    machine.apply(ask, ask);
    expect(machine.lock('l').waiters).toBe(1);
    holder.unlock('l', held.sequence);
    const mine = machine.lock('l').holder;
    expect(mine).toMatchObject({ sessionId: client.id, sequence: client.sequence });
    client.unlock('l', client.sequence);
    expect(machine.lock('l').holder).toBeUndefined();
  });

  test('a lost answer on a create-if-absent turns success into failure', () => {
    const machine = new TestMachine();
    const session = machine.open();
    const create = session.operation({
      kind: 'transaction',
      if: [{ kind: 'absent', key: put('leader').key }],
      then: [put('leader', 'me', true)],
      else: [],
    });
    expect(machine.result(create).body).toMatchObject({ succeeded: true });
    expect(machine.result(create).body).toMatchObject({ succeeded: true });
  });

  test('the grant was made while the client was away: it is found by session and number, the queued answer stays', () => {
    const machine = new TestMachine();
    const [holder, client] = [machine.open(), machine.open()];
    const held = holder.lock('l');
    const ask = client.operation({ kind: 'lockAcquire', name: 'l', wait: true });
    machine.apply(ask);
    holder.unlock('l', held.sequence);
    expect(machine.result(ask).body).toMatchObject({ state: 'queued' });
    const token = machine.revision;
    expect(machine.machine.acquisition('l', client.id, held.sequence)).toEqual({ state: 'held', token });
  });

  test('a lock is handed to a session that ends in the same revision', () => {
    const machine = new TestMachine();
    const [dying, next] = [machine.open(), machine.open()];
    dying.lock('l');
    dying.lock('l');
    const place = next.lock('l').sequence;
    dying.lock('l');
    const { grants } = machine.expire(dying);
    expect(grants).toMatchObject([{ sessionId: next.id, sequence: place }]);
    expect(machine.lock('l')).toMatchObject({ holder: { sessionId: next.id }, waiters: 0 });
    machine.machine.verify();
  });

  test('a waiter outlives its session and blocks those behind it for ever', () => {
    const machine = new TestMachine();
    const [holder, ghost, next] = [machine.open(), machine.open(), machine.open()];
    const held = holder.lock('l');
    ghost.lock('l');
    const place = next.lock('l').sequence;
    machine.expire(ghost);
    holder.unlock('l', held.sequence);
    expect(machine.lock('l').holder).toMatchObject({ sessionId: next.id, sequence: place });
  });

  test('a successor is satisfied by the lock of its own former session', () => {
    const machine = new TestMachine();
    const former = machine.open();
    const { sequence, token } = former.lock('l');
    machine.expire(former);
    const current = machine.open();
    expect(machine.machine.acquisition('l', current.id, sequence)).toEqual({ state: 'gone' });
    expect(machine.machine.acquisition('l', former.id, sequence)).toEqual({ state: 'gone' });
    expect(current.lock('l').token).toBeGreaterThan(token);
  });

  test('a late release by a holder of the past frees the lock of the present one', () => {
    const machine = new TestMachine();
    const [former, current] = [machine.open(), machine.open()];
    const { sequence } = former.lock('l');
    const release = former.operation({ kind: 'lockRelease', name: 'l', sequence });
    current.lock('l');
    machine.expire(former);
    expect(describeBody(machine.result(release).body)).toBe('SESSION_EXPIRED');
    expect(machine.lock('l').holder?.sessionId).toBe(current.id);
  });

  test('a retried release frees the lock that the same session has acquired since', () => {
    const machine = new TestMachine();
    const session = machine.open();
    const { sequence } = session.lock('l');
    const release = session.operation({ kind: 'lockRelease', name: 'l', sequence });
    machine.apply(release);
    const again = session.lock('l');
    machine.apply(release);
    expect(machine.lock('l').holder).toMatchObject({ sequence: again.sequence });
  });

  test('a retried asking takes the lock again after it was released', () => {
    const machine = new TestMachine();
    const session = machine.open();
    const ask = session.operation({ kind: 'lockAcquire', name: 'l', wait: true });
    machine.apply(ask);
    session.unlock('l', session.sequence);
    machine.apply(ask);
    expect(machine.lock('l').holder).toBeUndefined();
  });

  test('an asking that arrives after its cancel is granted to nobody', () => {
    const machine = new TestMachine();
    const session = machine.open();
    const ask = session.operation({ kind: 'lockAcquire', name: 'l', wait: true });
    const cancel = session.operation({ kind: 'lockCancel', name: 'l', sequence: session.sequence as never });
    const early = machine.apply(cancel).operations[0];
    expect(early?.postponed).toBe('OUT_OF_ORDER');
    machine.apply(ask, cancel);
    expect(machine.lock('l').holder).toBeUndefined();
  });

  test('a new session that reuses the number of an old acquisition releases it', () => {
    const machine = new TestMachine();
    const [a, b] = [machine.open(), machine.open()];
    const { sequence } = a.lock('l');
    expect(b.cancel('l', sequence)).toBe('absent');
    expect(b.unlock('l', sequence)).toBe(false);
    expect(machine.lock('l').holder?.sessionId).toBe(a.id);
  });
});
