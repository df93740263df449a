import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { freePorts } from '../../../src/testing/cluster/free-ports.ts';
import { LinkProxy } from '../../../src/testing/cluster/link-proxy.ts';
import { waitFor } from '../../../src/testing/cluster/wait-for.ts';

/** What a socket has seen. */
export class End {
  readonly socket: Socket;
  readonly #received: Buffer[] = [];
  receivedBytes = 0;
  ended = false;
  /** The code of the error, or 'closed'. */
  closedBy: string | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    let code = 'closed';
    socket.on('data', (bytes: Buffer) => {
      this.#received.push(bytes);
      this.receivedBytes += bytes.length;
    });
    socket.on('end', () => {
      this.ended = true;
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      code = error.code ?? error.message;
    });
    socket.on('close', () => {
      this.closedBy = code;
    });
  }

  get text(): string {
    return Buffer.concat(this.#received).toString();
  }

  send(text: string): void {
    this.socket.write(text);
  }

  async receives(text: string): Promise<void> {
    await waitFor(`'${text}', not '${this.text}'`, () => this.text === text, { timeoutMs: 5_000, everyMs: 1 });
  }

  async closes(): Promise<string> {
    return await waitFor('a socket to close', () => this.closedBy, { timeoutMs: 5_000, everyMs: 1 });
  }
}

/** A plain server, a link to it, and the ends of the connections made through the link. */
export class LinkBench implements AsyncDisposable {
  readonly proxy: LinkProxy;
  readonly accepted: End[] = [];
  readonly #server: Server;
  readonly #dialled: End[] = [];

  private constructor(server: Server, port: number) {
    this.#server = server;
    const { port: targetPort } = server.address() as AddressInfo;
    this.proxy = new LinkProxy({ port, targetPort });
    server.on('connection', (socket) => this.accepted.push(new End(socket)));
  }

  static async open(): Promise<LinkBench> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const [port = 0] = await freePorts(1);
    const bench = new LinkBench(server, port);
    await bench.proxy.targetUp();
    return bench;
  }

  /** Does not wait for the target. */
  dial(): End {
    const port = Number(this.proxy.address.split(':')[1]);
    const end = new End(connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true }));
    this.#dialled.push(end);
    return end;
  }

  /** Both ends of a new connection. */
  async pair(): Promise<{ readonly dialer: End; readonly target: End }> {
    const before = this.accepted.length;
    const dialer = this.dial();
    const target = await waitFor('the target to accept', () => this.accepted[before], { timeoutMs: 5_000, everyMs: 1 });
    return { dialer, target };
  }

  /** Unknown to the link. */
  async closeTarget(): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { socket } of [...this.#dialled, ...this.accepted]) socket.destroy();
    await this.proxy.close();
    await this.closeTarget();
  }
}
