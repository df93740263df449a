import type { LeaderHint } from '../../wire/frame.ts';
import type { EndpointReport } from './effect.ts';
import { timing } from './settings.ts';

export interface Endpoint {
  readonly address: string;
  /** Of the node that last said welcome there. */
  nodeId: string;
  /** Why it is not in use. */
  reason: string;
  tried: boolean;
  /** Not preferred before this. */
  avoidUntilMs: number;
  /** It last said that it belongs to another cluster. */
  foreign: boolean;
  /** Tried in vain in this round. */
  failed: boolean;
}

/** The addresses that the client was given, and what is known of each. */
export class EndpointList {
  readonly #endpoints: readonly Endpoint[];
  #lastIndex: number;

  /** `lastIndex`: the one before the one to begin with. */
  constructor(addresses: readonly string[], lastIndex: number) {
    this.#lastIndex = lastIndex;
    this.#endpoints = addresses.map((address) => ({
      address,
      nodeId: '',
      reason: 'not tried yet',
      tried: false,
      avoidUntilMs: 0,
      foreign: false,
      failed: false,
    }));
  }

  get count(): number {
    return this.#endpoints.length;
  }

  get allForeign(): boolean {
    return this.#endpoints.every(({ foreign }) => foreign);
  }

  reports(): readonly EndpointReport[] {
    return this.#endpoints.map(({ address, reason }) => ({ endpoint: address, reason }));
  }

  beginRound(): void {
    for (const endpoint of this.#endpoints) endpoint.failed = false;
  }

  fail(endpoint: Endpoint, reason: string, nowMs: number): void {
    endpoint.reason = reason;
    this.leave(endpoint, nowMs);
  }

  /** Not tried again in this round. */
  leave(endpoint: Endpoint, nowMs: number): void {
    endpoint.failed = true;
    endpoint.avoidUntilMs = nowMs + timing.avoidMs;
  }

  /** The next in turn that has not failed in this round. */
  next(): Endpoint | undefined {
    const found = this.#after(this.#lastIndex, this.count).find(({ failed }) => !failed);
    if (found !== undefined) this.#lastIndex = this.#endpoints.indexOf(found);
    return found;
  }

  /** Another one that has not failed in this round; one that is to be avoided only if there is no better. */
  alternativeTo(endpoint: Endpoint, nowMs: number): Endpoint | undefined {
    const others = this.#after(this.#endpoints.indexOf(endpoint), this.count - 1).filter(({ failed }) => !failed);
    return others.find(({ avoidUntilMs }) => avoidUntilMs <= nowMs) ?? others[0];
  }

  /** Where the leader is, if that is known and another node than `current`. */
  leaderOtherThan(current: Endpoint, hint: LeaderHint): Endpoint | undefined {
    if (hint.nodeId === '' || hint.nodeId === current.nodeId) return undefined;
    return this.#endpoints.find(
      (endpoint) => endpoint !== current && (endpoint.nodeId === hint.nodeId || endpoint.address === hint.address),
    );
  }

  #after(index: number, count: number): Endpoint[] {
    return Array.from({ length: count }, (_, step) => this.#endpoints[(index + 1 + step) % this.count] as Endpoint);
  }
}
