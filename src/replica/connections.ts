import type { Grant, KeepAliveAnswer, LeaderHint, ServerFrame, Welcome } from '../wire/frame.ts';
import type { Revision } from '../wire/identifiers.ts';
import { limits } from '../wire/limits.ts';
import type { WireError } from '../wire/result.ts';
import type { ReplicaEffect } from './effect.ts';
import type { ConnectionId } from './input.ts';

/** Bounds on the output of one connection that has not been written. */
export const connectionLimits = {
  /** Past this much it gets no watch events: its watches read history later. */
  watchBudgetBytes: limits.frameBytes,
  /** Past this much its reads are refused: they may be repeated, and a few small ones can ask for very much. */
  readBudgetBytes: 16 * 1024 * 1024,
  /** Past this much the client does not read its answers and is let go. */
  outputLimitBytes: 64 * 1024 * 1024,
} as const;

/** A frame is cut before the item that would make it longer; a single longer one travels alone. */
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

  /** The goodbye is on its way: nothing is said after it. */
  #ended = false;
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
    return this.#unwrittenBytes < connectionLimits.watchBudgetBytes;
  }

  /** Whether reads may be answered now. */
  get takesReads(): boolean {
    return this.#unwrittenBytes < connectionLimits.readBudgetBytes;
  }

  /** Of all that was said and has not been written. */
  get unwrittenBytes(): number {
    return this.#unwrittenBytes;
  }

  get overflown(): boolean {
    return this.#unwrittenBytes > connectionLimits.outputLimitBytes;
  }

  welcome(welcome: Welcome): void {
    if (this.#makeRoom(64)) this.#welcome = welcome;
  }

  leader(hint: LeaderHint): void {
    if (this.#makeRoom(64)) this.#leader = hint;
  }

  goodbye(error: WireError): void {
    this.closing = true;
    if (this.#makeRoom(error.message.length)) this.#goodbye = error;
  }

  result(result: Uint8Array): void {
    if (this.#makeRoom(result.byteLength)) this.#results.push(result);
  }

  keepAliveAnswer(answer: KeepAliveAnswer): void {
    if (this.#makeRoom(8 * (answer.alive.length + answer.ended.length))) this.#keepAlives.push(answer);
  }

  watchNotice(notice: Uint8Array): void {
    if (this.#makeRoom(notice.byteLength)) this.#watchNotices.push(notice);
  }

  grant(grant: Grant): void {
    if (this.#makeRoom(32)) this.#grants.push(grant);
  }

  drained(bytes: number): void {
    this.#unwrittenBytes = Math.max(0, this.#unwrittenBytes - bytes);
  }

  flush(effects: ReplicaEffect[]): void {
    this.#cut();
    for (const { frame, bytes } of this.#full) effects.push({ type: 'reply', connection: this.id, frame, bytes });
    this.#full.length = 0;
    if (!this.closing) return;
    this.#ended = true;
    effects.push({ type: 'closeClient', connection: this.id });
  }

  /** For the next item. False if nothing more is said. */
  #makeRoom(itemBytes: number): boolean {
    if (this.#ended) return false;
    const bytes = itemBytes + itemOverheadBytes;
    if (this.#gatheredBytes + bytes > frameTargetBytes) this.#cut();
    if (this.#gatheredBytes === 0 && this.#full.length === 0) this.#markDirty(this);
    this.#gatheredBytes += bytes;
    this.#unwrittenBytes += bytes;
    return true;
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

  /** Those to which something was said in this turn. */
  spoken(): Iterable<Connection> {
    return this.#dirty;
  }

  /** One reply per connection and turn, or more where a frame is full. */
  flush(effects: ReplicaEffect[]): void {
    for (const connection of this.#dirty) connection.flush(effects);
    this.#dirty.clear();
  }
}
