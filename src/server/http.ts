import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { HostPort } from './address.ts';
import type { Check } from './health.ts';

export interface HttpOptions {
  /** Does the process need a restart? */
  readonly live: () => readonly Check[];
  /** May it be sent requests? */
  readonly ready: () => readonly Check[];
  readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>;
}

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

const plainText = 'text/plain; charset=utf-8';

/** What operators and their tools read: /livez, /readyz (`?verbose` lists the checks) and /metrics. */
export class HttpServer {
  readonly #options: HttpOptions;
  readonly #server: Server;

  constructor(options: HttpOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => void this.#onRequest(request, response));
    this.#server.requestTimeout = 10_000;
    this.#server.headersTimeout = 5_000;
    this.#server.maxConnections = 256;
  }

  /** Resolves with the port, which is chosen by the system if 0 was asked for. Rejects with the system error. */
  async listen({ host, port }: HostPort): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port }, () => {
        this.#server.off('error', reject);
        this.#server.on('error', () => undefined); // a connection that could not be accepted
        resolve();
      });
    });
    const address = this.#server.address();
    return address !== null && typeof address === 'object' ? address.port : port;
  }

  close(): void {
    if (!this.#server.listening) return;
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, contentType, text } = await this.#answer(request).catch(
      (error: unknown): Answer => ({ status: 500, contentType: plainText, text: `${String(error)}\n` }),
    );
    response.writeHead(status, {
      'content-type': contentType,
      'content-length': Buffer.byteLength(text),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    response.end(request.method === 'HEAD' ? undefined : text);
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const url = URL.canParse(request.url ?? '', 'http://node') ? new URL(request.url ?? '', 'http://node') : undefined;
    const route = url?.pathname;
    if (url === undefined || !(route === '/livez' || route === '/readyz' || route === '/metrics')) {
      return { status: 404, contentType: plainText, text: 'not found: there are /livez, /readyz and /metrics\n' };
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return { status: 405, contentType: plainText, text: 'only GET and HEAD\n' };
    }
    if (route === '/metrics') return { status: 200, ...(await this.#options.metrics()) };
    const checks = route === '/livez' ? this.#options.live() : this.#options.ready();
    return healthAnswer(checks, url.searchParams.has('verbose'));
  }
}

/** As Kubernetes and etcd write it: `[+]name ok`, `[-]name failed: reason`. A failure is always told in full. */
function healthAnswer(checks: readonly Check[], verbose: boolean): Answer {
  const healthy = checks.every(({ problem }) => problem === undefined);
  const lines = checks.map(({ name, problem }) =>
    problem === undefined ? `[+]${name} ok` : `[-]${name} failed: ${problem}`,
  );
  const text = healthy && !verbose ? 'ok\n' : `${[...lines, healthy ? 'ok' : 'failed'].join('\n')}\n`;
  return { status: healthy ? 200 : 503, contentType: plainText, text };
}
