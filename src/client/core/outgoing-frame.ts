import {
  type ClientFrame,
  emptyClientFrame,
  type GrantQuery,
  type KeepAlive,
  type WatchCreate,
} from '../../wire/frame.ts';
import { bounds } from './settings.ts';

/** What a field costs beside its payload, generously. */
const fieldBytes = 16;

export function helloFrame(hello: ClientFrame['hello']): ClientFrame {
  return { ...emptyClientFrame, hello };
}

/** A frame in the making, up to the size at which it is cut; a single larger operation has a frame of its own. */
export class OutgoingFrame {
  readonly #operations: Uint8Array[] = [];
  readonly #keepAlives: KeepAlive[] = [];
  readonly #watchCreates: WatchCreate[] = [];
  readonly #watchCancels: number[] = [];
  readonly #grantQueries: GrantQuery[] = [];
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#bytes === 0;
  }

  hasRoomFor(payloadBytes: number): boolean {
    return this.#bytes === 0 || this.#bytes + payloadBytes + fieldBytes <= bounds.frameTargetBytes;
  }

  addOperation(bytes: Uint8Array): void {
    this.#operations.push(bytes);
    this.#bytes += bytes.byteLength + fieldBytes;
  }

  addKeepAlive(keepAlive: KeepAlive): void {
    this.#keepAlives.push(keepAlive);
    this.#bytes += fieldBytes * (2 + keepAlive.sessions.length);
  }

  addWatchCreate(create: WatchCreate): void {
    const { from, to } = create.target.range;
    this.#watchCreates.push(create);
    this.#bytes += fieldBytes * 4 + from.byteLength + (typeof to === 'string' ? 0 : to.byteLength);
  }

  addWatchCancel(watchId: number): void {
    this.#watchCancels.push(watchId);
    this.#bytes += fieldBytes;
  }

  addGrantQuery(query: GrantQuery): void {
    this.#grantQueries.push(query);
    this.#bytes += fieldBytes * 4 + 3 * query.name.length;
  }

  finish(): ClientFrame {
    return {
      hello: undefined,
      operations: this.#operations,
      keepAlives: this.#keepAlives,
      watchCreates: this.#watchCreates,
      watchCancels: this.#watchCancels,
      grantQueries: this.#grantQueries,
    };
  }
}
