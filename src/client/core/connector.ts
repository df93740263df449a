import type { LeaderHint, ServerFrame, Welcome } from '../../wire/frame.ts';
import type { WireError } from '../../wire/result.ts';
import { Backoff } from './backoff.ts';
import type { ConnectorListener } from './connector-listener.ts';
import type { CoreContext } from './context.ts';
import type { EndpointReport } from './effect.ts';
import { type Endpoint, EndpointList } from './endpoint-list.ts';
import type { StreamId } from './input.ts';
import { LeaderMove } from './leader-move.ts';
import { helloFrame } from './outgoing-frame.ts';
import { Patience } from './patience.ts';
import { timing } from './settings.ts';
import { type Expectation, Stream } from './stream.ts';
import { problemOfWelcome } from './welcome.ts';

/**
 * Chooses the node to talk to. One stream is current; another may be on its way to take its place: to the node of the
 * leader, or away from a node that brings no answers. The old one stays until the new one is open. When there is none, the
 * endpoints are tried in turn without delay, and after a round in which all failed, with one.
 */
export class Connector {
  readonly #context: CoreContext;
  readonly #listener: ConnectorListener;
  readonly #endpoints: EndpointList;
  readonly #backoff: Backoff;
  #current: Stream | undefined;
  #attempt: Stream | undefined;
  /** While there is a current stream: why another is wanted. */
  #purpose: 'leader' | 'answers' = 'leader';
  readonly #leaderMove: LeaderMove;
  /** Since when the current node has known no leader. */
  #leaderlessMs: number | undefined;
  #lastStream = 0;
  #round = 0;
  #retryMs = Number.POSITIVE_INFINITY;
  readonly #patience = new Patience();
  #stopped = false;

  constructor(context: CoreContext, listener: ConnectorListener) {
    this.#context = context;
    this.#listener = listener;
    const { endpoints } = context.settings;
    // Clients that start together do not all ask the same node.
    this.#endpoints = new EndpointList(endpoints, context.random.index(endpoints.length));
    this.#leaderMove = new LeaderMove(this.#endpoints);
    this.#backoff = new Backoff(context.random, timing.reconnectMs, timing.reconnectMsHigh);
  }

  get address(): string | undefined {
    return this.#current?.endpoint.address;
  }

  get writableStream(): StreamId | undefined {
    return this.#current?.writable === true ? this.#current.id : undefined;
  }

  /** The leader's node is about to take the place of the current one. What is better not sent to both waits for it, but not for long. */
  get isMoving(): boolean {
    return this.#context.nowMs < this.#movingUntilMs();
  }

  /** No endpoint belongs to the cluster that this client knows. */
  get isForeign(): boolean {
    return this.#current === undefined && this.#endpoints.allForeign;
  }

  reports(): readonly EndpointReport[] {
    return this.#endpoints.reports();
  }

  start(): void {
    this.#dialNext();
  }

  stop(): void {
    this.#stopped = true;
    if (this.#attempt !== undefined) this.#context.emit({ type: 'disconnect', stream: this.#attempt.id });
    if (this.#current !== undefined) this.#context.emit({ type: 'disconnect', stream: this.#current.id });
    this.#attempt = undefined;
    this.#current = undefined;
  }

  onSent(stream: StreamId): void {
    if (this.#current?.id === stream) this.#current.writable = false;
  }

  onWritable(id: StreamId): void {
    const stream = this.#find(id);
    if (stream !== undefined) stream.writable = true;
  }

  onClosed(id: StreamId, reason: string): void {
    const stream = this.#find(id);
    if (stream !== undefined) this.#drop(stream, reason);
  }

  /** Gives the stream up; what it still carries is not taken. */
  reject(id: StreamId, reason: string): void {
    const stream = this.#find(id);
    if (stream === undefined) return;
    this.#context.emit({ type: 'disconnect', stream: id });
    this.#drop(stream, reason);
  }

  /** Returns whether the frame is from the current stream, and its contents are to be taken. */
  onFrame(id: StreamId, frame: ServerFrame): boolean {
    const stream = this.#find(id);
    if (stream === undefined) return false;
    stream.onHeard(this.#context.nowMs);
    if (stream !== this.#attempt) return true;
    if (frame.welcome !== undefined) this.#onWelcome(stream, frame.welcome);
    else if (frame.goodbye !== undefined) this.onGoodbye(id, frame.goodbye);
    else this.reject(id, 'no welcome came first');
    return this.#current === stream;
  }

  onGoodbye(id: StreamId, { code, message }: WireError): void {
    const stream = this.#find(id);
    if (stream === undefined) return;
    if (code === 'CLUSTER_CHANGED') stream.endpoint.foreign = true;
    this.reject(id, `${code}: ${message}`);
  }

  onLeaderHint(hint: LeaderHint | undefined): void {
    this.#leaderMove.onHint(hint);
    if (hint !== undefined && hint.nodeId !== '') this.#leaderlessMs = undefined;
    else this.#leaderlessMs ??= this.#context.nowMs;
    this.#considerLeader();
  }

  /** Some request was answered: the current node does its work. */
  onProgress(): void {
    this.#patience.onProgress();
    this.#backoff.reset();
    this.#round = 0;
    this.#endpoints.beginRound();
  }

  /** First of all in each input, while that which was waited for is still known. */
  onTimePassed(expectation: Expectation): void {
    this.#patience.onTimePassed(this.#context.nowMs, expectation);
  }

  /** The process did not run for a while: nobody else is to be blamed for the silence. */
  forgive(): void {
    const { nowMs } = this.#context;
    this.#attempt?.forgive(nowMs);
    this.#current?.forgive(nowMs);
    this.#patience.begin(nowMs);
  }

  nextDeadlineMs(expectation: Expectation): number {
    const welcomeMs = this.#attempt?.welcomeDeadlineMs(this.#round) ?? Number.POSITIVE_INFINITY;
    const current = this.#current;
    if (current === undefined) return this.#attempt === undefined ? this.#retryMs : welcomeMs;
    const stallMs = this.#stallDeadlineMs(expectation);
    const movedMs = this.isMoving ? this.#movingUntilMs() : Number.POSITIVE_INFINITY;
    return Math.min(welcomeMs, current.silenceDeadlineMs(expectation), stallMs, movedMs, this.#leaderMoveAtMs());
  }

  advance(expectation: Expectation): void {
    if (this.#stopped) return;
    const { nowMs } = this.#context;
    const attempt = this.#attempt;
    if (attempt !== undefined && nowMs >= attempt.welcomeDeadlineMs(this.#round)) {
      this.reject(attempt.id, 'no welcome in time');
    }
    if (this.#current === undefined && this.#attempt === undefined && nowMs >= this.#retryMs) {
      this.#endpoints.beginRound();
      this.#dialNext();
    }
    const current = this.#current;
    if (current === undefined) return;
    if (nowMs >= current.silenceDeadlineMs(expectation)) {
      if (current.probedMs === undefined) {
        current.probedMs = nowMs;
        this.#listener.onProbe();
      } else {
        this.reject(current.id, `no answer within ${timing.silenceMs} ms`);
        return;
      }
    }
    if (nowMs >= this.#stallDeadlineMs(expectation)) this.#moveAway(current);
    this.#considerLeader();
  }

  #stallDeadlineMs(expectation: Expectation): number {
    if (this.#attempt !== undefined || this.#endpoints.count === 1) return Number.POSITIVE_INFINITY;
    return this.#patience.deadlineMs(expectation, this.#leaderlessMs);
  }

  #onWelcome(stream: Stream, welcome: Welcome): void {
    const { endpoint } = stream;
    const problem = problemOfWelcome(welcome, this.#context.clusterId);
    if (problem !== undefined) {
      endpoint.foreign ||= problem.foreign;
      this.reject(stream.id, problem.reason);
      return;
    }
    this.#context.clusterId = welcome.clusterId;
    endpoint.foreign = false;
    endpoint.nodeId = welcome.nodeId;
    endpoint.reason = 'connected';
    const before = this.#current;
    this.#attempt = undefined;
    this.#current = stream;
    if (before !== undefined) {
      before.endpoint.reason = this.#purpose === 'leader' ? 'left for the leader' : 'brought no answers';
      this.#context.emit({ type: 'disconnect', stream: before.id });
    }
    this.#leaderlessMs = undefined;
    this.#patience.begin(this.#context.nowMs);
    this.#listener.onConnected();
    this.onLeaderHint(welcome.leader);
  }

  #drop(stream: Stream, reason: string): void {
    const { nowMs } = this.#context;
    if (nowMs - stream.startedMs >= timing.provenMs) this.onProgress();
    this.#endpoints.fail(stream.endpoint, reason, nowMs);
    if (stream === this.#attempt) {
      this.#attempt = undefined;
      if (this.#current === undefined) this.#dialNext();
      else if (this.#purpose === 'answers') this.#moveAway(this.#current);
    } else {
      this.#current = undefined;
      this.#leaderMove.onHint(undefined);
      if (this.#attempt === undefined) this.#dialNext();
    }
  }

  /** The next endpoint that has not failed in this round; if all have, after a delay. */
  #dialNext(): void {
    if (this.#stopped) return;
    if (this.isForeign) this.#listener.onClusterChanged();
    const endpoint = this.#endpoints.next();
    if (endpoint !== undefined) {
      this.#dial(endpoint);
    } else {
      this.#round += 1;
      this.#retryMs = this.#context.nowMs + this.#backoff.nextMs();
    }
  }

  #dial(endpoint: Endpoint): void {
    this.#lastStream += 1;
    this.#attempt = new Stream(this.#lastStream, endpoint, this.#context.nowMs);
    if (!endpoint.tried) endpoint.reason = 'no answer yet';
    endpoint.tried = true;
    this.#context.emit({ type: 'connect', stream: this.#lastStream, endpoint: endpoint.address });
    this.#context.emit({ type: 'send', stream: this.#lastStream, frame: helloFrame(this.#context.hello()) });
  }

  /** To another node, whichever is not known to be bad; the bad ones if there is no other. */
  #moveAway(current: Stream): void {
    const { nowMs } = this.#context;
    if (this.#patience.search()) this.#endpoints.beginRound();
    this.#patience.begin(nowMs);
    this.#purpose = 'answers';
    this.#endpoints.leave(current.endpoint, nowMs);
    const target = this.#endpoints.alternativeTo(current.endpoint, nowMs);
    if (target !== undefined) this.#dial(target);
    else this.#patience.searchedInVain();
  }

  #leaderEndpoint(): Endpoint | undefined {
    return this.#current === undefined ? undefined : this.#leaderMove.target(this.#current.endpoint);
  }

  #leaderMoveAtMs(): number {
    const endpoint = this.#attempt === undefined ? this.#leaderEndpoint() : undefined;
    if (endpoint === undefined) return Number.POSITIVE_INFINITY;
    return this.#leaderMove.atMs(endpoint, this.#listener.openingSinceMs());
  }

  #movingUntilMs(): number {
    const attempt = this.#current !== undefined && this.#purpose === 'leader' ? this.#attempt : undefined;
    return attempt === undefined ? Number.NEGATIVE_INFINITY : attempt.startedMs + timing.openingMs;
  }

  #considerLeader(): void {
    const { nowMs } = this.#context;
    if (this.#stopped || nowMs < this.#leaderMoveAtMs()) return;
    const endpoint = this.#leaderEndpoint();
    if (endpoint === undefined) return;
    this.#leaderMove.begin(nowMs);
    this.#purpose = 'leader';
    this.#dial(endpoint);
  }

  #find(id: StreamId): Stream | undefined {
    if (this.#current?.id === id) return this.#current;
    return this.#attempt?.id === id ? this.#attempt : undefined;
  }
}
