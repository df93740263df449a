import type { Grant, KeepAliveAnswer, LeaderHint, ServerFrame, Welcome } from '../wire/frame.ts';
import type { Revision } from '../wire/identifiers.ts';
import { limits } from '../wire/limits.ts';
import type { WireError } from '../wire/result.ts';
import type { ReplicaEffect } from './effect.ts';
import type { ConnectionId } from './input.ts';

/** Past this much unwritten output a connection gets no watch events: its watches read history later. */
const watchBudgetBytes = limits.frameBytes;
/** Past this much the client does not read its answers and is let go. */
const outputLimitBytes = 64 * 1024 * 1024;
/** A frame is cut at the first item that reaches this size. */
const frameTargetBytes = 1024 * 1024;
/** What a field costs beside its payload: tag, length, and the numbers of small messages. */
const itemOverheadBytes = 16;

/** One client's stream: what is to be said on it in this turn, and how much has not been written yet. */
export class Connection {
  readonly id: ConnectionId;
  /** The client has said hello and was welcomed. */
  greeted = false;
  /** What the client had seen when it said hello: it is told nothing from before. */
  seenRevision = 0 as Revision;
  closing = false;

  #welcome: Welcome | undefined;
  #leader: LeaderHint | undefined;
  #goodbye: WireError | undefined;
  #results: Uint8Array[] = [];
  #keepAlives: KeepAliveAnswer[] = [];
  #watchNotices: Uint8Array[] = [];
  #grants: Grant[] = [];
  #gatheredBytes = 0;
  #unwrittenBytes = 0;
  readonly #full: { frame: ServerFrame; bytes: number }[] = [];
  readonly #markDirty: (connection: Connection) => void;

  constructor(id: ConnectionId, markDirty: (connection: Connection) => void) {
    this.id = id;
    this.#markDirty = markDirty;
  }

  /** Whether watch events may be added now. */
  get writable(): boolean {
    return this.#unwrittenBytes + this.#gatheredBytes < watchBudgetBytes;
  }

  get overflown(): boolean {
    return this.#unwrittenBytes > outputLimitBytes;
  }

  welcome(welcome: Welcome): void {
    this.#welcome = welcome;
    this.#gathered(64);
  }

  leader(hint: LeaderHint): void {
    this.#leader = hint;
    this.#gathered(64);
  }

  goodbye(error: WireError): void {
    this.#goodbye = error;
    this.closing = true;
    this.#gathered(error.message.length);
  }

  result(result: Uint8Array): void {
    this.#results.push(result);
    this.#gathered(result.byteLength);
  }

  keepAliveAnswer(answer: KeepAliveAnswer): void {
    this.#keepAlives.push(answer);
    this.#gathered(8 * (answer.alive.length + answer.ended.length));
  }

  watchNotice(notice: Uint8Array): void {
    this.#watchNotices.push(notice);
    this.#gathered(notice.byteLength);
  }

  grant(grant: Grant): void {
    this.#grants.push(grant);
    this.#gathered(32);
  }

  drained(bytes: number): void {
    this.#unwrittenBytes = Math.max(0, this.#unwrittenBytes - bytes);
  }

  flush(effects: ReplicaEffect[]): void {
    this.#cut();
    for (const { frame, bytes } of this.#full) {
      this.#unwrittenBytes += bytes;
      effects.push({ type: 'reply', connection: this.id, frame, bytes });
    }
    this.#full.length = 0;
    if (this.closing) effects.push({ type: 'closeClient', connection: this.id });
  }

  #gathered(bytes: number): void {
    if (this.#gatheredBytes === 0 && this.#full.length === 0) this.#markDirty(this);
    this.#gatheredBytes += bytes + itemOverheadBytes;
    if (this.#gatheredBytes >= frameTargetBytes) this.#cut();
  }

  #cut(): void {
    if (this.#gatheredBytes === 0) return;
    this.#full.push({
      frame: {
        welcome: this.#welcome,
        results: this.#results,
        keepAlives: this.#keepAlives,
        watchNotices: this.#watchNotices,
        grants: this.#grants,
        leader: this.#leader,
        goodbye: this.#goodbye,
      },
      bytes: this.#gatheredBytes,
    });
    this.#welcome = undefined;
    this.#leader = undefined;
    this.#goodbye = undefined;
    this.#results = [];
    this.#keepAlives = [];
    this.#watchNotices = [];
    this.#grants = [];
    this.#gatheredBytes = 0;
  }
}

/** Every open client stream of this node. */
export class Connections {
  readonly #open = new Map<ConnectionId, Connection>();
  readonly #dirty = new Set<Connection>();

  get size(): number {
    return this.#open.size;
  }

  open(id: ConnectionId): Connection {
    const connection = new Connection(id, (dirty) => this.#dirty.add(dirty));
    this.#open.set(id, connection);
    return connection;
  }

  get(id: ConnectionId): Connection | undefined {
    return this.#open.get(id);
  }

  close(id: ConnectionId): void {
    const connection = this.#open.get(id);
    if (connection === undefined) return;
    this.#open.delete(id);
    this.#dirty.delete(connection);
  }

  values(): IterableIterator<Connection> {
    return this.#open.values();
  }

  /** One reply per connection and turn, or more where a frame is full. */
  flush(effects: ReplicaEffect[]): void {
    for (const connection of this.#dirty) connection.flush(effects);
    this.#dirty.clear();
  }
}
