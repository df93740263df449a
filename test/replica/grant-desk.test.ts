import { describe, expect, it } from 'vitest';
import type { Applied } from '../../src/machine/applied.ts';
import { GrantDesk } from '../../src/replica/grant-desk.ts';
import { replicaLimits } from '../../src/replica/limits.ts';
import { plainSession } from '../../src/testing/plain-session.ts';
import { utf8Bytes } from '../../src/wire/bytes.ts';
import type { GrantQuery } from '../../src/wire/frame.ts';
import type { Revision, Sequence, SessionId } from '../../src/wire/identifiers.ts';
import type { CommandBody } from '../../src/wire/operation.ts';
import { ClientStreams, encode, MachineDriver, SessionDriver } from './driver.ts';

const acquire: CommandBody = { kind: 'lockAcquire', name: 'l', wait: true };
const release: CommandBody = { kind: 'lockRelease', name: 'l', sequence: 1 as Sequence };

/** Session `holder` holds the lock, session `waiter` is queued; both by their first command. */
function setUp() {
  const driver = new MachineDriver();
  const holder = driver.session;
  const waiter = driver.open();
  holder.apply(acquire);
  waiter.apply(acquire);
  const desk = new GrantDesk(driver.machine);
  const streams = new ClientStreams();
  const connection = streams.open(1);
  const queryOf = ({ sessionId, generation }: SessionDriver, sequence = 1): GrantQuery => ({
    sessionId,
    generation,
    sequence: sequence as Sequence,
    name: 'l',
  });
  /** As a replica does. */
  const note = ({ operations, grants, revoked, resumed, ended }: Applied) => {
    for (const { operation } of operations) {
      const { body, command } = operation;
      if (body.kind === 'lockCancel' && command !== undefined) desk.onCancelled(command.sessionId, body.sequence);
    }
    for (const grant of grants) desk.onGrant(grant);
    for (const acquisition of revoked) desk.onRevoked(acquisition);
    for (const sessionId of [...resumed.map(({ id }) => id), ...ended]) desk.onSessionEnded(sessionId);
    desk.onApplied();
  };
  return { driver, holder, waiter, desk, streams, connection, queryOf, note };
}

describe('GrantDesk', () => {
  it('tells whoever waits when its turn has come, once, with the token', () => {
    const { driver, holder, waiter, desk, streams, connection, queryOf, note } = setUp();
    desk.expect(connection, queryOf(waiter));
    expect(streams.grants()).toEqual([]);
    expect(desk.waitingCount).toBe(1);
    note(holder.apply(release));
    expect(streams.grants()).toEqual([`${waiter.sessionId}/1 held ${driver.machine.revision}`]);
    expect(desk.waitingCount).toBe(0);
    note(driver.expire(holder));
    expect(streams.grants()).toEqual([]);
  });

  it('tells at once what was granted before the answer `queued` came', () => {
    const { holder, waiter, desk, streams, connection, queryOf, note } = setUp();
    note(holder.apply(release));
    desk.expect(connection, queryOf(waiter));
    expect(streams.grants()).toEqual([`${waiter.sessionId}/1 held 5`]);
  });

  it('answers a question at once: queued, held, or ended; and what is queued is told later', () => {
    const { holder, waiter, desk, streams, connection, queryOf, note } = setUp();
    desk.query(connection, queryOf(waiter));
    desk.query(connection, queryOf(holder));
    desk.query(connection, queryOf(holder, 9));
    const { sessionId } = waiter;
    expect(streams.grants()).toEqual([
      `${sessionId}/1 queued`,
      `${holder.sessionId}/1 held 3`,
      `${holder.sessionId}/9 ended`,
    ]);
    note(holder.apply(release));
    expect(streams.grants()).toEqual([`${sessionId}/1 held 5`]);
  });

  it('tells the stream that asked last', () => {
    const { holder, waiter, desk, streams, connection, queryOf, note } = setUp();
    const newer = streams.open(2);
    desk.expect(connection, queryOf(waiter));
    desk.query(newer, queryOf(waiter));
    streams.frames();
    desk.onClientClosed(connection);
    note(holder.apply(release));
    expect(streams.grants()).toEqual([`${waiter.sessionId}/1 held 5`]);
    expect(desk.waitingCount).toBe(0);
  });

  it('makes a client wait that has seen more than this node, and does not say `gone` from the past', () => {
    const { driver, waiter, desk, streams, connection, queryOf, note } = setUp();
    connection.seenRevision = (driver.machine.revision + 1) as Revision;
    desk.query(connection, queryOf(waiter, 2));
    expect(streams.grants()).toEqual([]);
    note(waiter.apply(acquire));
    expect(streams.grants()).toEqual([`${waiter.sessionId}/2 queued`]);
  });

  it('sends the client away if too many wait like that, for one that hears nothing would wait for ever', () => {
    const { driver, waiter, desk, streams, connection, queryOf } = setUp();
    const limits: { grantQuestions: number } = replicaLimits;
    const { grantQuestions } = limits;
    limits.grantQuestions = 1;
    try {
      connection.seenRevision = (driver.machine.revision + 1) as Revision;
      desk.query(connection, queryOf(waiter, 2));
      expect(connection.closing).toBe(false);
      desk.query(connection, queryOf(waiter, 3));
      expect(streams.frames().map(({ goodbye }) => goodbye?.code)).toEqual(['UNAVAILABLE']);
    } finally {
      limits.grantQuestions = grantQuestions;
    }
  });

  it('tells a waiter whose place is given up that it is over, and one whose session ends that it is gone', () => {
    const { driver, waiter, desk, streams, connection, queryOf, note } = setUp();
    note(waiter.apply(acquire));
    for (const sequence of [1, 2]) desk.expect(connection, queryOf(waiter, sequence));
    note(waiter.apply({ kind: 'lockCancel', name: 'l', sequence: 1 as Sequence }));
    expect(streams.grants()).toEqual([`${waiter.sessionId}/1 ended`]);
    note(driver.expire(waiter));
    expect(streams.grants()).toEqual([`${waiter.sessionId}/2 gone`]);
    expect(desk.waitingCount).toBe(0);
  });

  it('does not take a cancellation for done that came out of order', () => {
    const { driver, waiter, desk, streams, connection, queryOf, note } = setUp();
    desk.expect(connection, queryOf(waiter));
    note(driver.applyBytes(waiter.numbered(7, { kind: 'lockCancel', name: 'l', sequence: 1 as Sequence })));
    expect(streams.grants()).toEqual([]);
    expect(desk.waitingCount).toBe(1);
  });

  it('knows nothing of another generation', () => {
    const { holder, desk, streams, connection, queryOf } = setUp();
    desk.query(connection, { ...queryOf(holder), generation: 2 });
    expect(streams.grants()).toEqual([`${holder.sessionId}/1 gone`]);
  });

  it('forgets a client that has gone, whatever it waits for', () => {
    const { driver, holder, waiter, desk, streams, connection, queryOf, note } = setUp();
    desk.expect(connection, queryOf(waiter));
    const ahead = streams.open(2);
    ahead.seenRevision = (driver.machine.revision + 1) as Revision;
    desk.query(ahead, queryOf(waiter));
    desk.onClientClosed(connection);
    desk.onClientClosed(ahead);
    note(holder.apply(release));
    expect(streams.grants()).toEqual([]);
    expect(desk.waitingCount).toBe(0);
  });

  it.each([
    ['a holder that an operator has taken its lock away', false, ['ended']],
    ['nothing to a generation that the same slot has superseded', true, []],
  ])('tells %s', (_what, isSuperseded, told) => {
    const { driver, desk, streams, connection, queryOf, note } = setUp();
    const secret = utf8Bytes('0123456789abcdef');
    const start = { kind: 'openSession', ttlMs: 1_000, name: '', nonce: 1n, ...plainSession, secret } as const;
    driver.applyBytes(encode(start));
    const former = new SessionDriver(driver, driver.machine.revision as number as SessionId);
    former.apply({ ...acquire, name: 'm' });
    const { sessionId, generation } = former;
    const held = driver.machine.acquisition('m', sessionId, 1 as Sequence);
    const token = held.state === 'held' ? held.token : 0;
    desk.heard(connection, queryOf(former));
    const force = driver.open().next({ kind: 'lockForceRelease', name: 'm', token });
    const resume = encode({ kind: 'resumeSession', sessionId, generation, secret, nonce: 7n });
    note(driver.applyBytes(...(isSuperseded ? [force, resume] : [force])));
    expect(driver.machine.session(sessionId)?.generation).toBe(isSuperseded ? 2 : 1);
    expect(streams.grants()).toEqual(told.map((state) => `${sessionId}/1 ${state}`));
  });
});
