import type { Hello } from '../../wire/frame.ts';
import type { Revision } from '../../wire/identifiers.ts';
import { protocolVersion } from '../../wire/limits.ts';
import type { Result } from '../../wire/result.ts';
import type { ClientEffect } from './effect.ts';
import { Random } from './random.ts';
import type { ClientSettings } from './settings.ts';

/** Whoever waits for the answer to a request. */
export interface RequestOwner {
  onResult(result: Result): void;
}

/** What all parts of the core share. */
export class CoreContext {
  readonly settings: ClientSettings;
  readonly random: Random;
  /** Elapsed time at the input under way. */
  nowMs = 0;
  /** Empty until the first welcome. */
  clusterId = '';
  /** Some request was answered in the input under way. */
  progressed = false;
  readonly #owners = new Map<number, RequestOwner>();
  #effects: ClientEffect[] = [];
  #seenRevision = 0 as Revision;
  #lastRequestId = 0;

  constructor(settings: ClientSettings) {
    this.settings = settings;
    this.random = new Random(settings.seed);
  }

  begin(nowMs: number, effects: ClientEffect[]): void {
    this.nowMs = nowMs;
    this.#effects = effects;
  }

  emit(effect: ClientEffect): void {
    this.#effects.push(effect);
  }

  /** The highest revision that the service has shown to this client. */
  get seenRevision(): Revision {
    return this.#seenRevision;
  }

  see(revision: Revision): void {
    if (revision > this.#seenRevision) this.#seenRevision = revision;
  }

  hello(): Hello {
    return {
      protocol: protocolVersion,
      clusterId: this.clusterId,
      revision: this.#seenRevision,
      client: this.settings.clientName,
    };
  }

  newRequest(owner: RequestOwner): number {
    this.#lastRequestId += 1;
    this.#owners.set(this.#lastRequestId, owner);
    return this.#lastRequestId;
  }

  ownerOf(requestId: number): RequestOwner | undefined {
    return this.#owners.get(requestId);
  }

  forget(requestId: number): void {
    this.#owners.delete(requestId);
  }
}
