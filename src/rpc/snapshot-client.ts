import {
  Client,
  type ClientReadableStream,
  credentials,
  type MethodDefinition,
  type ServiceError,
} from '@grpc/grpc-js';
import { assert } from '../wire/assert.ts';
import { AdminCallError, asAdminCallError } from './admin-client.ts';
import { adminDefinition, type SnapshotPart, type SnapshotRequest } from './admin-definition.ts';
import { dialOptions } from './grpc-options.ts';

export type { SnapshotHeader, SnapshotPart } from './admin-definition.ts';

export interface SnapshotCallOptions extends SnapshotRequest {
  /** The longest time in which nothing comes. */
  readonly silenceMs: number;
  readonly signal: AbortSignal;
}

/**
 * The state of the node at `address` (host:port), part by part, no faster than they are taken. It is whole if the last part was `end`.
 *
 * @throws AdminCallError UNAVAILABLE, BUSY, TIMEOUT, UNSUPPORTED, INTERNAL; the signal's reason
 */
export async function* requestSnapshot(
  address: string,
  { stale, silenceMs, signal }: SnapshotCallOptions,
): AsyncGenerator<SnapshotPart, void, undefined> {
  const method: MethodDefinition<SnapshotRequest, SnapshotPart> | undefined = adminDefinition['SaveSnapshot'];
  assert(method !== undefined, 'Admin has the method SaveSnapshot');
  const { path, requestSerialize, responseDeserialize } = method;
  const client = new Client(address, credentials.createInsecure(), dialOptions);
  const stream = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, { stale });
  const cancel = (): void => stream.cancel();
  signal.addEventListener('abort', cancel);
  const silence = new Silence(silenceMs, cancel);
  try {
    yield* taken(stream, silence);
  } catch (error) {
    signal.throwIfAborted();
    throw failure(address, error as ServiceError, silence.isOver ? silenceMs : undefined);
  } finally {
    silence.end();
    signal.removeEventListener('abort', cancel);
    stream.cancel();
    client.close();
  }
}

function failure(address: string, cause: ServiceError, silentMs: number | undefined): AdminCallError {
  if (silentMs === undefined) return asAdminCallError(address, cause);
  return new AdminCallError('TIMEOUT', `${address}: nothing came for ${silentMs / 1000} s`, { cause });
}

/** The time that the consumer takes is not the node's silence. */
async function* taken(stream: ClientReadableStream<SnapshotPart>, silence: Silence): AsyncGenerator<SnapshotPart> {
  silence.begin();
  for await (const part of stream as AsyncIterable<SnapshotPart>) {
    silence.end();
    yield part;
    silence.begin();
  }
}

class Silence {
  isOver = false;
  readonly #longestMs: number;
  readonly #onOver: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(longestMs: number, onOver: () => void) {
    this.#longestMs = longestMs;
    this.#onOver = onOver;
  }

  begin(): void {
    this.#timer = setTimeout(() => {
      this.isOver = true;
      this.#onOver();
    }, this.#longestMs);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
