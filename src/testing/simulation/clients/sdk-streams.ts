import type { StreamId } from '../../../client/core/input.ts';
import type { ClientFrame } from '../../../wire/frame.ts';
import type { ClientConnection, ClientEnd } from '../world/client-transport.ts';
import type { ClientHost } from './client-parts.ts';

/** The streams of the SDK, by its numbers, on the simulated network. */
export class SdkStreams {
  readonly #end: ClientEnd;
  readonly #host: ClientHost;
  readonly #open = new Map<StreamId, ClientConnection>();

  constructor(end: ClientEnd, host: ClientHost) {
    this.#end = end;
    this.#host = host;
  }

  get newest(): ClientConnection | undefined {
    return [...this.#open.values()].at(-1);
  }

  /** `unheard`: the node's machine says nothing, or the way is blocked. */
  dial(stream: StreamId, endpoint: string): 'open' | 'refused' | 'unheard' {
    const { nodes, transport, coverage } = this.#host;
    const node = nodes.find(({ nodeId }) => endpoint.startsWith(`${nodeId}:`));
    const connection = node && transport.connect(this.#end, node);
    if (connection === undefined) return node?.alive === true ? 'unheard' : 'refused';
    coverage.hit('client switched nodes');
    this.#open.set(stream, connection);
    return 'open';
  }

  send(stream: StreamId, frame: ClientFrame): void {
    const connection = this.#open.get(stream);
    if (connection !== undefined) this.#host.transport.send(connection, frame);
  }

  close(stream: StreamId): void {
    const connection = this.#open.get(stream);
    this.#open.delete(stream);
    if (connection !== undefined) this.#host.transport.close(connection);
  }

  /** The program is gone: with `tell` its machine says so, else nobody does. */
  abandon(tell: boolean): void {
    for (const stream of [...this.#open.keys()]) {
      if (tell) this.close(stream);
      else this.#open.delete(stream);
    }
  }

  forget(stream: StreamId): void {
    this.#open.delete(stream);
  }

  numberOf(connection: ClientConnection): StreamId | undefined {
    for (const [stream, other] of this.#open) if (other === connection) return stream;
    return undefined;
  }
}
