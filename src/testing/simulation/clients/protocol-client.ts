import type { LeaderHint, ServerFrame } from '../../../wire/frame.ts';
import type { Revision, SessionId } from '../../../wire/identifiers.ts';
import { protocolVersion } from '../../../wire/limits.ts';
import type { LockAcquire } from '../../../wire/lock-operation.ts';
import type { CommandBody, ReadBody } from '../../../wire/operation.ts';
import type { ResultBody } from '../../../wire/result.ts';
import { decodeResult } from '../../../wire/result-codec.ts';
import type { SessionLock } from '../../../wire/session-info.ts';
import type { WatchTarget } from '../../../wire/watch.ts';
import { violated } from '../invariants/violation.ts';
import type { ClientConnection } from '../world/client-transport.ts';
import type { SimulatedNode } from '../world/node.ts';
import type { ClientActor, StoredSession } from './client-actor.ts';
import { type CallListener, ClientCalls } from './client-calls.ts';
import { ClientLocks } from './client-locks.ts';
import { type ClientContext, emptyOutgoingFrame, type OutgoingFrame } from './client-parts.ts';
import type { ClientSession } from './client-session.ts';
import { ClientWatches } from './client-watches.ts';
import { Program, type ProgramPlace } from './program.ts';

const tickMs = 50;
/** A node that has not said welcome, or cannot keep the session alive, is given up after so long. */
const patienceMs = 400;
/** A request without any answer for so long: the client tries another node. */
const stuckMs = 1_200;
/** So long without a word, not even of progress to a watch. */
const silentMs = 8_000;

/**
 * A client that speaks the protocol of `client.proto` by its rules, written apart from the SDK: one stream at a time, commands
 * numbered and sent again in order and byte for byte, a session that counts from its own sending, watches that go on elsewhere.
 */
export class ProtocolClient extends Program implements ClientActor, ClientContext, CallListener {
  seenRevision = 0;
  retiring = false;
  stored: StoredSession | undefined;

  readonly #calls: ClientCalls;
  readonly #locks: ClientLocks;
  readonly #watches: ClientWatches;
  #session: ClientSession | undefined;
  #connection: ClientConnection | undefined;
  #welcomed = false;
  #connectedMs = 0;
  #heardMs = 0;
  /** The node has known no leader since then; undefined: it knows one. */
  #leaderlessSinceMs: number | undefined;
  #lastNode: SimulatedNode | undefined;
  #lastKeepAliveId = 0;
  #outgoing: OutgoingFrame | undefined;

  /** `former`: the session of the program whose place it takes. */
  constructor(place: ProgramPlace, former: StoredSession | undefined) {
    super(place);
    this.stored = former;
    this.#calls = new ClientCalls(this, this);
    this.#locks = new ClientLocks(this, () => this.#activeSession());
    this.#watches = new ClientWatches(this);
    if (former !== undefined) this.#calls.resume(former);
  }

  get welcomed(): boolean {
    return this.#welcomed;
  }

  get pendingCount(): number {
    return this.#calls.count;
  }

  get lockCount(): number {
    return this.#locks.count;
  }

  get watchCount(): number {
    return this.#watches.count;
  }

  get sessionId(): SessionId | undefined {
    return this.#activeSession()?.sessionId;
  }

  get sessionTtlMs(): number | undefined {
    return this.#session?.record.ttlMs;
  }

  get connection(): ClientConnection | undefined {
    return this.#connection;
  }

  get canCommand(): boolean {
    const session = this.#activeSession();
    return session !== undefined && !session.closing;
  }

  start(): void {
    this.#tick();
  }

  stop(closeStream: boolean): void {
    if (this.phase === 'stopped') return;
    this.phase = 'stopped';
    if (this.#session !== undefined) this.#loseSession(this.#session);
    this.#watches.endAll();
    if (this.#connection !== undefined && closeStream) this.host.transport.close(this.#connection);
    this.#connection = undefined;
    this.host.onStopped(this);
  }

  openSession(): void {
    if (this.#activeSession() !== undefined || this.retiring) return;
    const [low, high] = this.host.config.sessionTtlMs;
    this.#calls.open(this.stream.between(low, high));
  }

  closeSession(): void {
    const session = this.#activeSession();
    if (session === undefined || session.closing || !this.#locks.idle) return;
    this.command({ kind: 'closeSession' }, () => {
      this.host.coverage.hit('session closed');
      this.#loseSession(session);
    });
    session.closing = true;
    session.record.closeCalledUs = this.host.queue.nowUs;
  }

  command(body: CommandBody, onDone?: (result: ResultBody) => void): number | undefined {
    const session = this.#activeSession();
    if (session === undefined || session.closing) return undefined;
    return this.#calls.command(session, body, onDone);
  }

  read(body: ReadBody): void {
    this.#calls.read(body);
  }

  lock(request: LockAcquire): void {
    this.#locks.acquire(request);
  }

  watch(target: WatchTarget, fromRevision: number): void {
    this.#watches.create(target, fromRevision);
  }

  cancelWatch(): void {
    this.#watches.cancelOne();
  }

  outgoing(): OutgoingFrame {
    if (this.#outgoing === undefined) {
      this.#outgoing = emptyOutgoingFrame();
      this.host.queue.after(this.stream.between(0, 300), () => this.whenAwake(() => this.#flush()));
    }
    return this.#outgoing;
  }

  onFrame(connection: ClientConnection, frame: ServerFrame, taken: () => void): void {
    this.whenAwake(() => {
      taken();
      this.#onFrame(connection, frame);
    });
  }

  onClosed(connection: ClientConnection): void {
    this.whenAwake(() => {
      if (connection === this.#connection) this.#disconnected();
    });
  }

  onOpened(session: ClientSession, locks: readonly SessionLock[]): void {
    this.host.coverage.hit('session opened');
    this.#session = session;
    this.stored = session.stored;
    if (this.#activeSession() === session) this.#locks.adopt(session, locks);
  }

  onSessionExpired(): void {
    if (this.#session !== undefined) this.#loseSession(this.#session);
  }

  onRevisionSeen(revision: number): void {
    this.seenRevision = Math.max(this.seenRevision, revision);
  }

  /** Gives up the connection, if there is one, and tries another node. */
  #switchNode(): void {
    if (this.#connection === undefined) return;
    this.host.transport.close(this.#connection);
    this.#disconnected();
  }

  #activeSession(): ClientSession | undefined {
    const session = this.#session;
    if (session === undefined || session.alive) return session;
    this.host.coverage.hit('session lost by the client');
    this.#loseSession(session);
    return undefined;
  }

  #tick(): void {
    this.after(tickMs + this.stream.real(0, 10), () => this.#tick());
    const session = this.#activeSession();
    if (this.#connection === undefined) {
      this.#connect();
      return;
    }
    const sinceMs = this.nowMs - this.#connectedMs;
    if (sinceMs > patienceMs && (!this.#welcomed || session?.inJeopardy === true)) {
      this.#switchNode();
    } else if (this.#welcomed) {
      if (session !== undefined) this.#keepAlive(session, false);
      this.#calls.sendAll();
      this.#watches.askAgain();
      const leaderlessMs = this.nowMs - (this.#leaderlessSinceMs ?? this.nowMs);
      const silent = this.#watches.count > 0 && this.nowMs - this.#heardMs > silentMs;
      if (silent || Math.max(this.#calls.longestWaitMs, leaderlessMs) > stuckMs) this.#switchNode();
    }
  }

  #keepAlive(session: ClientSession, atOnce: boolean): void {
    if (session.keepAlive(this.#lastKeepAliveId + 1, atOnce)) this.#lastKeepAliveId += 1;
  }

  #connect(): void {
    const node = this.stream.pick(this.host.nodes.filter((other) => other !== this.#lastNode));
    this.#lastNode = node;
    const connection = this.host.transport.connect(this, node);
    if (connection === undefined) return;
    this.#connection = connection;
    this.#connectedMs = this.nowMs;
    this.host.transport.send(connection, {
      ...emptyOutgoingFrame(),
      hello: { protocol: protocolVersion, clusterId: '', revision: this.seenRevision as Revision, client: this.name },
    });
  }

  #disconnected(): void {
    this.log(`leaves ${this.#connection?.node.nodeId}`);
    this.#connection = undefined;
    this.#welcomed = false;
    this.#leaderlessSinceMs = undefined;
    this.#outgoing = undefined;
    this.#calls.onDisconnected();
  }

  #flush(): void {
    const frame = this.#outgoing;
    this.#outgoing = undefined;
    if (frame === undefined || this.#connection === undefined) return;
    this.host.transport.send(this.#connection, { hello: undefined, ...frame });
  }

  #onFrame(connection: ClientConnection, frame: ServerFrame): void {
    if (connection !== this.#connection) return;
    this.#heardMs = this.nowMs;
    this.#activeSession();
    if (frame.welcome !== undefined) this.#onWelcome(connection);
    this.#onLeader(frame.leader ?? frame.welcome?.leader);
    for (const bytes of frame.results) this.#calls.onResult(decodeResult(bytes), this.#activeSession());
    for (const answer of frame.keepAlives) {
      // Neither alive nor ended: the expiry has been proposed.
      if (answer.alive.length + answer.ended.length === 0) this.host.coverage.hit('keep-alive raced with expiry');
      const session = this.#activeSession();
      if (session !== undefined && !session.onKeepAliveAnswer(answer)) this.#loseSession(session);
    }
    for (const grant of frame.grants) {
      this.onRevisionSeen(grant.revision);
      this.#locks.onGrant(grant);
    }
    for (const bytes of frame.watchNotices) this.onRevisionSeen(this.#watches.onNotice(bytes));
    if (frame.goodbye === undefined) return;
    if (frame.goodbye.code !== 'UNAVAILABLE') violated('no client is dismissed', `${this.name}: ${frame.goodbye.code}`);
    this.#switchNode();
  }

  /** A node that knows no leader may be cut off: then its watches stay silent without a sign. */
  #onLeader(hint: LeaderHint | undefined): void {
    if (hint === undefined) return;
    if (hint.nodeId !== '') this.#leaderlessSinceMs = undefined;
    else this.#leaderlessSinceMs ??= this.nowMs;
  }

  #onWelcome({ node }: ClientConnection): void {
    this.log(`is welcomed by ${node.nodeId}`);
    this.host.coverage.hit('client switched nodes');
    this.#welcomed = true;
    const session = this.#activeSession();
    if (session !== undefined) this.#keepAlive(session, true);
    this.#calls.sendAll();
    this.#locks.resume();
    this.#watches.resume();
  }

  #loseSession(session: ClientSession): void {
    if (this.#session !== session) return;
    session.lost();
    this.#session = undefined;
    this.#calls.onSessionLost();
    this.#locks.onSessionLost(session);
  }
}
