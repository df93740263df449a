import { ClientCore } from '../../../src/client/core/client-core.ts';
import type { ClientEffect, Failure, Settlement } from '../../../src/client/core/effect.ts';
import type { CallId, CallRequest, ClientInput, StreamId } from '../../../src/client/core/input.ts';
import type { ClientSettings } from '../../../src/client/core/settings.ts';
import { utf8Bytes } from '../../../src/wire/bytes.ts';
import type { ErrorCode } from '../../../src/wire/errors.ts';
import type { ClientFrame, Grant, LeaderHint, ServerFrame, WatchNotice } from '../../../src/wire/frame.ts';
import type { NodeId, Revision, Sequence, SessionId } from '../../../src/wire/identifiers.ts';
import { encodeWatchNotice } from '../../../src/wire/notice-codec.ts';
import type { Operation, OperationBody } from '../../../src/wire/operation.ts';
import { decodeOperation } from '../../../src/wire/operation-codec.ts';
import type { ResultBody } from '../../../src/wire/result.ts';
import { encodeResult, errorResult } from '../../../src/wire/result-codec.ts';

export const endpoints = ['a:1', 'b:2', 'c:3'] as const;
export const ttlMs = 10_000;

export const emptyFrame: ServerFrame = {
  welcome: undefined,
  results: [],
  keepAlives: [],
  watchNotices: [],
  grants: [],
  leader: undefined,
  goodbye: undefined,
};

/** A stream as the node at its other end sees it. */
export class TestStream {
  readonly id: StreamId;
  readonly endpoint: string;
  readonly frames: ClientFrame[] = [];
  open = true;
  #read = 0;

  constructor(id: StreamId, endpoint: string) {
    this.id = id;
    this.endpoint = endpoint;
  }

  /** The operations that have come since the last look. */
  newOperations(): Operation[] {
    return this.newOperationBytes().map((bytes) => decodeOperation(bytes));
  }

  newOperationBytes(): Uint8Array[] {
    const operations = this.frames.slice(this.#read).flatMap((frame) => frame.operations);
    this.#read = this.frames.length;
    return operations;
  }

  get keepAlives() {
    return this.frames.flatMap((frame) => frame.keepAlives);
  }

  get watchCreates() {
    return this.frames.flatMap((frame) => frame.watchCreates);
  }

  get watchCancels() {
    return this.frames.flatMap((frame) => frame.watchCancels);
  }

  get grantQueries() {
    return this.frames.flatMap((frame) => frame.grantQueries);
  }
}

/** A client core, its clocks, and the far ends of its streams. */
export class World {
  readonly core: ClientCore;
  readonly effects: ClientEffect[] = [];
  readonly streams: TestStream[] = [];
  /** Whether what is sent leaves at once. */
  writable = true;
  /** Whether every keep-alive is answered at once. */
  answering = false;
  nowMs = 1_000;
  uptimeMs = 50_000;
  revision = 100;
  wakeMs = Number.POSITIVE_INFINITY;
  readonly #settled = new Map<CallId, Settlement>();
  #lastCallId = 0;

  constructor(settings: Partial<ClientSettings> = {}) {
    this.core = new ClientCore({
      endpoints,
      clientName: 'test',
      sessionTtlMs: ttlMs,
      sessionName: '',
      sessionMetadata: [],
      sessionSecret: new Uint8Array(16).fill(5),
      resume: undefined,
      onResumeFailure: 'reject',
      onExpiry: 'reopen',
      seed: [1, 2, 3, 4],
      ...settings,
    });
  }

  /** One input, and the end of its turn. */
  give(input: ClientInput): void {
    this.#step(input);
    this.#step({ type: 'endOfTurn' });
  }

  /** Time goes by, with a tick whenever the core asked for one. */
  advance(durationMs: number): void {
    const untilMs = this.nowMs + durationMs;
    while (this.wakeMs <= untilMs) {
      this.#passTime(Math.max(0, this.wakeMs - this.nowMs));
      this.wakeMs = Number.POSITIVE_INFINITY;
      this.give({ type: 'tick' });
    }
    this.#passTime(untilMs - this.nowMs);
  }

  /** Time goes by, and the process does not run. */
  stall(durationMs: number): void {
    this.#passTime(durationMs);
  }

  /** The machine sleeps: the monotonic clock stands still. */
  suspend(durationMs: number): void {
    this.uptimeMs += durationMs;
  }

  get stream(): TestStream {
    return this.streams.at(-1)!;
  }

  /** The newest stream's node says welcome, and that it leads itself unless told otherwise. */
  welcome(stream = this.stream, leader?: LeaderHint, clusterId = 'cluster'): TestStream {
    const nodeId = `node-${stream.endpoint[0]}` as NodeId;
    const welcome = {
      protocol: 1,
      clusterId,
      nodeId,
      leader: leader ?? { nodeId, address: stream.endpoint },
      revision: this.revision as Revision,
    };
    this.frame({ welcome }, stream);
    return stream;
  }

  /** A client that is connected, to whichever node it chose. */
  connect(): TestStream {
    this.give({ type: 'tick' });
    return this.welcome();
  }

  /** A connected client whose session 7 is open. */
  openSession(): TestStream {
    this.connect();
    this.call({ kind: 'command', body: put('first') });
    this.answerOpening(7);
    this.answer(this.stream.newOperations()[0]!, { kind: 'put' });
    return this.stream;
  }

  answerOpening(sessionId: number, stream = this.stream): void {
    const [opening] = stream.newOperations();
    if (opening?.body.kind !== 'openSession') throw new Error('there is no request that opens a session');
    this.answer(opening, {
      kind: 'sessionOpened',
      sessionId: sessionId as SessionId,
      generation: 1,
      ttlMs: opening.body.ttlMs,
    });
  }

  frame(frame: Partial<ServerFrame>, stream = this.stream): void {
    this.give({ type: 'streamFrame', stream: stream.id, frame: { ...emptyFrame, ...frame } });
  }

  answer(operation: Operation, body: ResultBody, stream = this.stream): void {
    this.revision += 1;
    this.frame({ results: [this.resultBytes(operation, body)] }, stream);
  }

  resultBytes({ requestId }: Operation, body: ResultBody): Uint8Array {
    return encodeResult({ requestId, revision: this.revision as Revision, body });
  }

  refuse(operations: readonly Operation[], code: ErrorCode, stream = this.stream): void {
    const results = operations.map(({ requestId }) =>
      encodeResult(errorResult(requestId, this.revision as Revision, code, 'no')),
    );
    this.frame({ results }, stream);
  }

  keepAliveAnswer(id: number, alive: readonly number[], ended: readonly number[] = [], stream = this.stream): void {
    const answer = { id, alive: alive as SessionId[], ended: ended as SessionId[] };
    this.frame({ keepAlives: [answer] }, stream);
  }

  /** Answers every keep-alive that has come on that stream. */
  answerKeepAlives(stream = this.stream): void {
    for (const { id, sessions } of stream.keepAlives) {
      this.keepAliveAnswer(
        id,
        sessions.map(({ sessionId }) => sessionId),
        [],
        stream,
      );
    }
  }

  grant(sequence: number, state: Grant['state'], token = 0, revision = this.revision): void {
    const grant = { sessionId: 7 as SessionId, sequence: sequence as Sequence, state, token };
    this.frame({ grants: [{ ...grant, revision: revision as Revision }] });
  }

  notice(wireIds: number | readonly number[], notice: WatchNotice['notice'], stream = this.stream): void {
    this.frame(
      { watchNotices: [encodeWatchNotice({ watchIds: typeof wireIds === 'number' ? [wireIds] : wireIds, notice })] },
      stream,
    );
  }

  break(stream = this.stream, reason = 'connection lost'): void {
    stream.open = false;
    this.give({ type: 'streamClosed', stream: stream.id, reason });
  }

  call(request: CallRequest, timeoutMs = Number.POSITIVE_INFINITY): CallId {
    this.#lastCallId += 1;
    this.give({ type: 'call', callId: this.#lastCallId, request, timeoutMs });
    return this.#lastCallId;
  }

  put(key = 'key', timeoutMs = 5_000): CallId {
    return this.call({ kind: 'command', body: put(key) }, timeoutMs);
  }

  lock(name = 'lock', timeoutMs = Number.POSITIVE_INFINITY): CallId {
    return this.call({ kind: 'lock', request: { kind: 'lockAcquire', name, wait: true } }, timeoutMs);
  }

  settlement(callId: CallId): Settlement | undefined {
    return this.#settled.get(callId);
  }

  failure(callId: CallId): Failure | undefined {
    const settlement = this.#settled.get(callId);
    return settlement?.type === 'failed' ? settlement.failure : undefined;
  }

  /** Code and outcome of a failed call. */
  verdict(callId: CallId): string | undefined {
    const failure = this.failure(callId);
    return failure === undefined ? this.settlement(callId)?.type : `${failure.code} ${failure.outcome}`;
  }

  ofType<Type extends ClientEffect['type']>(type: Type): Extract<ClientEffect, { readonly type: Type }>[] {
    return this.effects.filter(
      (effect): effect is Extract<ClientEffect, { readonly type: Type }> => effect.type === type,
    );
  }

  statuses(): string[] {
    return this.ofType('status').map(({ status }) => status.type);
  }

  #passTime(durationMs: number): void {
    this.nowMs += durationMs;
    this.uptimeMs += durationMs;
  }

  #step(input: ClientInput): void {
    const effects: ClientEffect[] = [];
    this.core.step({ monotonicMs: this.nowMs, uptimeMs: this.uptimeMs }, input, effects);
    for (const effect of effects) {
      this.effects.push(effect);
      if (effect.type === 'wakeAt') this.wakeMs = effect.monotonicMs;
      else if (effect.type === 'connect') this.streams.push(new TestStream(effect.stream, effect.endpoint));
      else if (effect.type === 'disconnect') this.#streamOf(effect.stream).open = false;
      else if (effect.type === 'settle') this.#onSettled(effect.callId, effect.settlement);
    }
    for (const effect of effects) if (effect.type === 'send') this.#onSent(effect.stream, effect.frame);
  }

  #onSettled(callId: CallId, settlement: Settlement): void {
    if (this.#settled.has(callId)) throw new Error(`call ${callId} was settled twice`);
    this.#settled.set(callId, settlement);
  }

  #onSent(id: StreamId, frame: ClientFrame): void {
    const stream = this.#streamOf(id);
    stream.frames.push(frame);
    if (this.answering && stream.open) this.#answer(frame, stream);
    if (this.writable) this.give({ type: 'streamWritable', stream: id });
  }

  #answer({ keepAlives }: ClientFrame, stream: TestStream): void {
    for (const { id, sessions } of keepAlives) {
      const alive = sessions.map(({ sessionId }) => sessionId);
      this.keepAliveAnswer(id, alive, [], stream);
    }
  }

  #streamOf(id: StreamId): TestStream {
    return this.streams.find((stream) => stream.id === id)!;
  }
}

export function put(key: string, value = 'value') {
  return { kind: 'put', key: utf8Bytes(key), value: utf8Bytes(value), ephemeral: false } as const;
}

export function get(key: string) {
  return { kind: 'get', key: utf8Bytes(key), revision: 0 as Revision, consistency: 'linearizable' } as const;
}

export function kinds(operations: readonly Operation[]): OperationBody['kind'][] {
  return operations.map(({ body }) => body.kind);
}

export function sequences(operations: readonly Operation[]): (number | undefined)[] {
  return operations.map(({ command }) => command?.sequence);
}
