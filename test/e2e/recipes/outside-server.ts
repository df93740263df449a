import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { OutsideStore } from '../../recipes/outside-store.ts';

/** Participants of a distributed transaction, over HTTP: they outlive whoever asks them. */
export class OutsideServer implements AsyncDisposable {
  readonly #server = createServer();
  /** Never aborts: who asks here is gone when it has nothing to say any more. */
  readonly #signal = new AbortController().signal;

  constructor(stores: Readonly<Record<string, OutsideStore>>, silentTo: (query: URLSearchParams) => boolean) {
    this.#server.on('request', (request, response) => {
      const query = new URL(request.url ?? '/', 'http://localhost').searchParams;
      if (silentTo(query)) return;
      const answer = async () => {
        const part = {
          id: query.get('id') ?? '',
          token: Number(query.get('token')),
          payload: JSON.parse(await text(request)) as unknown,
          signal: this.#signal,
        };
        const step = query.get('step') as 'prepare' | 'commit' | 'rollback';
        await stores[query.get('store') ?? '']?.[step](part);
      };
      answer().then(
        () => response.end('done'),
        (error: unknown) => response.writeHead(409).end(String(error)),
      );
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
