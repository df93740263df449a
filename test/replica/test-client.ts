import { plainSession } from '../../src/testing/plain-session.ts';
import { utf8Bytes, utf8Text } from '../../src/wire/bytes.ts';
import {
  type ClientFrame,
  emptyClientFrame,
  type Grant,
  type GrantQuery,
  type KeepAliveAnswer,
  type LeaderHint,
  type ServerFrame,
  type SessionRef,
  type WatchCreate,
  type Welcome,
} from '../../src/wire/frame.ts';
import type { Revision, Sequence } from '../../src/wire/identifiers.ts';
import { protocolVersion } from '../../src/wire/limits.ts';
import type { CommandBody, Consistency, KeyRange, ReadBody } from '../../src/wire/operation.ts';
import { encodeOperation } from '../../src/wire/operation-codec.ts';
import type { Result, ResultBody, WireError } from '../../src/wire/result.ts';
import { decodeResult } from '../../src/wire/result-codec.ts';
import { everything } from '../../src/wire/watch.ts';
import type { Cluster } from './cluster.ts';
import { formatNotice, none } from './driver.ts';

const secret = utf8Bytes('0123456789abcdef');

/** A client that does what it is told, and remembers all that it hears. */
export class TestClient {
  readonly #cluster: Cluster;
  nodeId = '';
  #connection = 0;
  isClosed = false;
  /** Takes what is written to it. */
  reads = true;
  session: SessionRef | undefined;
  welcome: Welcome | undefined;
  goodbye: WireError | undefined;
  leader: LeaderHint | undefined;
  seenRevision = none;
  /** In the order of their coming. */
  readonly results: Result[] = [];
  readonly grants: Grant[] = [];
  readonly keepAlives: KeepAliveAnswer[] = [];
  readonly notices: string[] = [];
  #requestId = 0;
  #sequence = 0;
  /** Commands without an answer, by request id: exactly the bytes that were sent. */
  readonly #unanswered = new Map<number, Uint8Array>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  connect(nodeId: string, clusterId = ''): void {
    this.attach(nodeId);
    const hello = { protocol: protocolVersion, clusterId, revision: this.seenRevision, client: 'a test' };
    this.send({ hello });
  }

  /** A stream on which nothing has been said yet. */
  attach(nodeId: string): void {
    this.nodeId = nodeId;
    this.isClosed = false;
    this.welcome = undefined;
    this.goodbye = undefined;
    this.#connection = this.#cluster.register(this);
    this.#cluster.turn(nodeId, { type: 'clientOpened', connection: this.#connection });
  }

  disconnect(): void {
    this.#cluster.unregister(this.#connection);
    this.#cluster.turn(this.nodeId, { type: 'clientClosed', connection: this.#connection });
  }

  /** As a client does that has lost its stream: unanswered commands come again, in order, byte for byte the same. */
  reconnect(nodeId: string): void {
    this.disconnect();
    this.connect(nodeId);
    this.resend();
  }

  resend(): void {
    this.send({ operations: [...this.#unanswered.values()] });
  }

  send(frame: Partial<ClientFrame>): void {
    this.#cluster.turn(this.nodeId, {
      type: 'clientFrame',
      connection: this.#connection,
      frame: { ...emptyClientFrame, ...frame },
    });
  }

  /** Opens the session and waits for it. */
  open(ttlMs = 10_000): this {
    const id = this.openSession(ttlMs);
    const body = this.answer(id);
    if (body.kind !== 'sessionOpened') throw new Error(`no session: ${body.kind}`);
    this.session = { sessionId: body.sessionId, generation: body.generation };
    return this;
  }

  openSession(ttlMs = 10_000, nonce = 0x1000n * BigInt(this.#connection) + BigInt(this.#requestId)): number {
    const id = this.#nextRequest();
    const body = { kind: 'openSession', ttlMs, name: '', nonce, ...plainSession, secret } as const;
    this.#sendCommand(id, encodeOperation({ requestId: id, command: undefined, seenRevision: none, body }));
    return id;
  }

  /** As a program that is started again does, with what it kept of its former run. */
  resume({ sessionId, generation }: SessionRef, nonce = 0x5000n + BigInt(this.#connection)): number {
    const id = this.#nextRequest();
    const body = { kind: 'resumeSession', sessionId, generation, secret, nonce } as const;
    this.#sendCommand(id, encodeOperation({ requestId: id, command: undefined, seenRevision: none, body }));
    return id;
  }

  /** Sends the session's next command; returns its request id. */
  command(body: CommandBody): number {
    this.#sequence += 1;
    return this.numbered(this.#sequence, body);
  }

  /** Sends a command under any number. */
  numbered(sequence: number, body: CommandBody, session = this.session): number {
    if (session === undefined) throw new Error('no session');
    this.#sequence = Math.max(sequence, this.#sequence);
    const id = this.#nextRequest();
    const command = { ...session, sequence: sequence as Sequence, acknowledged: 0 };
    this.#sendCommand(id, encodeOperation({ requestId: id, command, seenRevision: none, body }));
    return id;
  }

  put(key: string, value: string): number {
    return this.command({ kind: 'put', key: utf8Bytes(key), value: utf8Bytes(value), ephemeral: false });
  }

  add(counter: string): number {
    return this.command({ kind: 'counterAdd', name: counter, count: 1 });
  }

  acquire(name: string): number {
    return this.command({ kind: 'lockAcquire', name, wait: true });
  }

  /** The number that the command of that request has. */
  get lastSequence(): Sequence {
    return this.#sequence as Sequence;
  }

  get(key: string, consistency: Consistency = 'linearizable'): number {
    return this.read({ kind: 'get', key: utf8Bytes(key), revision: none, consistency });
  }

  read(body: ReadBody, seenRevision: Revision = this.seenRevision): number {
    const requestId = this.#nextRequest();
    this.send({ operations: [encodeOperation({ requestId, command: undefined, seenRevision, body })] });
    return requestId;
  }

  /** Asks for the session, or those named. */
  keepAlive(id: number, sessions: readonly SessionRef[] = this.session === undefined ? [] : [this.session]): void {
    this.send({ keepAlives: [{ id, sessions }] });
  }

  watch(watchId: number, range: KeyRange, fromRevision = 0): void {
    const request: WatchCreate = {
      watchId,
      target: { ...everything, kind: 'keys', range },
      fromRevision: fromRevision as Revision,
      seenRevision: this.seenRevision,
    };
    this.send({ watchCreates: [request] });
  }

  askForGrant(name: string, sequence: Sequence): void {
    if (this.session === undefined) throw new Error('no session');
    const query: GrantQuery = { ...this.session, sequence, name };
    this.send({ grantQueries: [query] });
  }

  result(id: number): Result | undefined {
    return this.results.find(({ requestId }) => requestId === id);
  }

  /** Waits for it. */
  answer(id: number, limitMs?: number): ResultBody {
    this.#cluster.runUntil(() => this.result(id) !== undefined, limitMs);
    return (this.result(id) as Result).body;
  }

  /** How it ended: the kind of the result, or the code of the error. */
  outcome(id: number): string | undefined {
    const body = this.result(id)?.body;
    return body?.kind === 'error' ? body.code : body?.kind;
  }

  /** The text that a `get` has found; undefined while it is not answered. */
  found(id: number): string | undefined {
    const body = this.result(id)?.body;
    return body?.kind === 'get' && body.entry !== undefined ? utf8Text(body.entry.value) : undefined;
  }

  /** The grants in one line each, and forgets them. */
  takeGrants(): readonly string[] {
    return this.grants
      .splice(0)
      .map(({ sequence, state, token }) => `${sequence} ${state}${token > 0 ? ` ${token}` : ''}`);
  }

  takeKeepAlives(): readonly KeepAliveAnswer[] {
    return this.keepAlives.splice(0);
  }

  takeNotices(): readonly string[] {
    return this.notices.splice(0);
  }

  onFrame(frame: ServerFrame): void {
    this.welcome ??= frame.welcome;
    this.leader = frame.leader ?? frame.welcome?.leader ?? this.leader;
    this.goodbye = frame.goodbye;
    for (const bytes of frame.results) {
      const result = decodeResult(bytes);
      this.results.push(result);
      this.#unanswered.delete(result.requestId);
      this.#see(result.revision);
    }
    this.keepAlives.push(...frame.keepAlives);
    for (const grant of frame.grants) {
      this.grants.push(grant);
      this.#see(grant.revision);
    }
    for (const bytes of frame.watchNotices) this.notices.push(formatNotice(bytes));
  }

  #nextRequest(): number {
    this.#requestId += 1;
    return this.#requestId;
  }

  #sendCommand(id: number, bytes: Uint8Array): void {
    this.#unanswered.set(id, bytes);
    this.send({ operations: [bytes] });
  }

  #see(revision: Revision): void {
    if (revision > this.seenRevision) this.seenRevision = revision;
  }
}
