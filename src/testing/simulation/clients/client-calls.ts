import type { Revision } from '../../../wire/identifiers.ts';
import type { CommandBody, CommandId, OpenSession, ReadBody, ResumeSession } from '../../../wire/operation.ts';
import { encodeOperation } from '../../../wire/operation-codec.ts';
import type { Result, ResultBody } from '../../../wire/result.ts';
import type { SessionLock } from '../../../wire/session-info.ts';
import type { OperationRecord } from '../../checkers/history.ts';
import type { RandomStream } from '../prng.ts';
import { type StoredSession, secretFrom } from './client-actor.ts';
import type { ClientContext } from './client-parts.ts';
import { ClientSession } from './client-session.ts';
import { markAnswer } from './keyspace-marks.ts';

/** A request that has had no final answer. */
export interface Call {
  readonly requestId: number;
  bytes: Uint8Array;
  readonly command: CommandId | undefined;
  readonly record: OperationRecord;
  readonly onDone: ((result: ResultBody) => void) | undefined;
  /** On the current connection: sent and not answered. */
  underWay: boolean;
  /** First sent on the current connection. */
  sentMs: number | undefined;
  /** An attempt on an earlier connection was never answered. */
  lost: boolean;
}

interface Opening extends Call {
  readonly body: OpenSession | ResumeSession;
  /** Of the first attempt: sent again with the same nonce, it may be answered with what that one has opened. */
  firstSent: { readonly ms: number; readonly us: number } | undefined;
}

/** What the client does about the answers. */
export interface CallListener {
  onOpened(session: ClientSession, locks: readonly SessionLock[]): void;
  onSessionExpired(): void;
  onRevisionSeen(revision: number): void;
}

/** Everything that a client has called and not been answered, and how the answers are judged. */
export class ClientCalls {
  readonly #context: ClientContext;
  readonly #listener: CallListener;
  #opening: Opening | undefined;
  /** In the order of calling: the order of their numbers. */
  readonly #commands = new Map<number, Call>();
  readonly #reads = new Map<number, Call>();
  #lastRequestId = 0;

  constructor(context: ClientContext, listener: CallListener) {
    this.#context = context;
    this.#listener = listener;
  }

  get count(): number {
    return this.#commands.size + this.#reads.size + (this.#opening === undefined ? 0 : 1);
  }

  /** So long ago the oldest was sent on this connection that has got no answer there, or only refusals; 0: there is none. */
  get longestWaitMs(): number {
    let longest = 0;
    for (const { sentMs } of this.#all()) {
      if (sentMs !== undefined) longest = Math.max(longest, this.#context.nowMs - sentMs);
    }
    return longest;
  }

  open(ttlMs: number): void {
    if (this.#opening !== undefined) return;
    const { name, stream } = this.#context;
    const secret = secretFrom(stream);
    const metadata = [{ name: 'program', value: name }];
    this.#begin({ kind: 'openSession', ttlMs, name, nonce: nonceFrom(stream), secret, metadata });
  }

  /** Takes over the session of a former program. */
  resume({ sessionId, generation, secret }: StoredSession): void {
    this.#begin({ kind: 'resumeSession', sessionId, generation, secret, nonce: nonceFrom(this.#context.stream) });
  }

  #begin(body: OpenSession | ResumeSession): void {
    this.#opening = { ...this.#call(body, undefined, undefined), body, firstSent: undefined };
    this.#sendIfWelcome(this.#opening);
  }

  command(session: ClientSession, body: CommandBody, onDone: Call['onDone']): number {
    const { sessionId, generation, acknowledged } = session;
    const sequence = session.takeSequence();
    const call = this.#call(body, { sessionId, generation, sequence, acknowledged }, onDone);
    this.#commands.set(call.requestId, call);
    this.#sendIfWelcome(call);
    return sequence;
  }

  read(body: ReadBody): void {
    const call = this.#call(body, undefined, undefined);
    this.#reads.set(call.requestId, call);
    this.#sendIfWelcome(call);
  }

  /** Sends, in order and byte for byte as before, what is not under way. */
  sendAll(): void {
    for (const call of this.#all()) if (!call.underWay) this.#send(call);
  }

  onDisconnected(): void {
    for (const call of this.#all()) {
      if (call.underWay) call.lost = true;
      call.underWay = false;
      call.sentMs = undefined;
    }
  }

  /** What was called in it and is unanswered is so for ever; nothing of it is carried over to another session. */
  onSessionLost(): void {
    const returnUs = this.#context.host.queue.nowUs;
    for (const { record, underWay, lost } of this.#commands.values()) {
      if (!underWay && !lost) record.outcome = { kind: 'notApplied', returnUs, why: 'every attempt was refused' };
    }
    this.#commands.clear();
  }

  onResult(result: Result, session: ClientSession | undefined): void {
    const { requestId, body } = result;
    const opening = this.#opening?.requestId === requestId ? this.#opening : undefined;
    const call = opening ?? this.#commands.get(requestId) ?? this.#reads.get(requestId);
    if (call === undefined) return;
    if (body.kind === 'error' && isRefusal(body.code)) {
      const isRead = opening === undefined && call.record.command === undefined;
      const { coverage } = this.#context.host;
      coverage.hit(isRead ? 'read refused' : 'command refused before queueing');
      if (body.code === 'BUSY') coverage.hit(isRead ? 'read refused as busy' : 'command refused as busy');
      call.underWay = false;
      // They say nothing about other attempts: nodes send a command again by themselves when the leader changes.
      if (body.code === 'UNAVAILABLE' || body.code === 'OUT_OF_ORDER') call.lost = true;
      if (body.code === 'BUSY' && session !== undefined) this.#acknowledgeMore(call, session);
    } else if (opening !== undefined) {
      this.#onOpened(opening, result);
    } else if (call.record.command === undefined) {
      this.#onRead(call, result);
    } else if (session !== undefined && call.record.command.sessionId === session.sessionId) {
      this.#onCommandDone(call, result, session);
    }
  }

  #onOpened(opening: Opening, result: Result): void {
    this.#opening = undefined;
    this.#done(opening, result);
    const { body } = result;
    if (body.kind === 'error') this.#context.host.coverage.hit('resumption refused');
    if ((body.kind !== 'sessionOpened' && body.kind !== 'sessionResumed') || opening.firstSent === undefined) return;
    const session = new ClientSession(this.#context, body, opening.body.secret, opening.firstSent);
    this.#listener.onOpened(session, body.kind === 'sessionResumed' ? body.locks : []);
  }

  #onRead(call: Call, result: Result): void {
    this.#reads.delete(call.requestId);
    const { body } = call.record;
    const stale = 'consistency' in body && body.consistency === 'stale';
    const { coverage, compaction, queue } = this.#context.host;
    coverage.hit(stale ? 'stale read' : 'linearizable read');
    if (result.body.kind === 'error' && result.body.code === 'COMPACTED' && 'revision' in body) {
      coverage.hit('read of a compacted revision refused');
      compaction.onReadRefused(this.#context.name, body.revision, result.body.oldestRevision);
      call.record.outcome = { kind: 'notApplied', returnUs: queue.nowUs, why: 'COMPACTED' };
      return;
    }
    markAnswer(coverage, body, result.body);
    this.#done(call, result);
  }

  /** The service keeps too many results for this client: the next attempt says that more of them have been seen. */
  #acknowledgeMore(call: Call, { sessionId, generation, acknowledged }: ClientSession): void {
    const { command, requestId, record } = call;
    if (command?.sessionId !== sessionId || command.generation !== generation) return;
    const seenRevision = record.seenRevision as Revision;
    call.bytes = encodeOperation({ requestId, command: { ...command, acknowledged }, seenRevision, body: record.body });
  }

  #onCommandDone(call: Call, result: Result, session: ClientSession): void {
    const { coverage, queue } = this.#context.host;
    const { body } = result;
    this.#commands.delete(call.requestId);
    if (body.kind === 'error' && body.code === 'SESSION_EXPIRED') {
      // An earlier attempt may have been taken before the session ended.
      if (!call.lost) call.record.outcome = { kind: 'notApplied', returnUs: queue.nowUs, why: body.code };
      this.#listener.onSessionExpired();
      return;
    }
    if (call.lost) coverage.hit('command answered from the remembered result');
    markAnswer(coverage, call.record.body, body);
    coverage.hit('operation acknowledged');
    if (call.record.command !== undefined) session.answered(call.record.command.sequence);
    this.#done(call, result);
  }

  #done(call: Call, { revision, body }: Result): void {
    call.record.outcome = { kind: 'done', returnUs: this.#context.host.queue.nowUs, revision, body };
    this.#listener.onRevisionSeen(revision);
    call.onDone?.(body);
  }

  /** All that has no final answer, in the order of calling. */
  *#all(): IterableIterator<Call> {
    if (this.#opening !== undefined) yield this.#opening;
    yield* this.#commands.values();
    yield* this.#reads.values();
  }

  #call(body: CommandBody | ReadBody, command: CommandId | undefined, onDone: Call['onDone']): Call {
    const { name: client, host } = this.#context;
    const seenRevision = this.#context.seenRevision as Revision;
    this.#lastRequestId += 1;
    const requestId = this.#lastRequestId;
    const record: OperationRecord = {
      client,
      body,
      command: command && {
        sessionId: command.sessionId,
        generation: command.generation,
        sequence: command.sequence,
      },
      callUs: host.queue.nowUs,
      seenRevision,
      outcome: { kind: 'unknown' },
    };
    host.history.operations.push(record);
    const bytes = encodeOperation({ requestId, command, seenRevision, body });
    return { requestId, bytes, command, record, onDone, underWay: false, sentMs: undefined, lost: false };
  }

  #sendIfWelcome(call: Call): void {
    if (this.#context.welcomed) this.#send(call);
  }

  #send(call: Call): void {
    const { host, nowMs } = this.#context;
    if (call.lost) host.coverage.hit('command sent again after a break');
    call.underWay = true;
    call.sentMs ??= nowMs;
    if (call === this.#opening) this.#opening.firstSent ??= { ms: nowMs, us: host.queue.nowUs };
    this.#context.outgoing().operations.push(call.bytes);
  }
}

function nonceFrom(stream: RandomStream): bigint {
  return (BigInt(stream.next32()) << 32n) | BigInt(stream.next32());
}

/** Refused before it was queued: it has had no effect, and may be sent again. */
function isRefusal(code: string): boolean {
  return (
    code === 'NOT_LEADER' ||
    code === 'BUSY' ||
    code === 'UNAVAILABLE' ||
    code === 'NODE_BEHIND' ||
    code === 'OUT_OF_ORDER'
  );
}
