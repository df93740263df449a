import { createServer, type Server as NetServer, type Socket } from 'node:net';
import {
  type ConnectionInjector,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { serverOptions } from './grpc-options.ts';

/**
 * One port for all services of a node. The socket is listened on here and not by grpc-js, so that a failure to bind is
 * reported with its system error, the number of connections is bounded, and a node that halts can cut all of them at once.
 */
export class RpcServer {
  readonly #grpc = new Server(serverOptions);
  readonly #listener: NetServer;
  readonly #injector: ConnectionInjector;
  /** By remote address, as grpc-js writes it. */
  readonly #sockets = new Map<string, Socket>();

  constructor(options: { readonly maxConnections: number }) {
    this.#injector = this.#grpc.createConnectionInjector(ServerCredentials.createInsecure());
    this.#listener = createServer({ noDelay: true }, (socket) => this.#onConnection(socket));
    this.#listener.maxConnections = options.maxConnections;
  }

  /** Open TCP connections, of clients and peers. */
  get connections(): number {
    return this.#sockets.size;
  }

  addService(definition: ServiceDefinition, implementation: UntypedServiceImplementation): void {
    this.#grpc.addService(definition, implementation);
  }

  /** Resolves with the port, which is chosen by the system if 0 was asked for. Rejects with the system error (EADDRINUSE, …). */
  async listen(host: string, port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#listener.once('error', reject);
      this.#listener.listen({ host, port }, () => {
        this.#listener.off('error', reject);
        // From here on an error is a connection that could not be accepted (EMFILE): whoever dialed it tries again.
        this.#listener.on('error', () => undefined);
        resolve();
      });
    });
    const address = this.#listener.address();
    return address !== null && typeof address === 'object' ? address.port : port;
  }

  /** New connections are refused from now on; open ones go on. */
  stopAccepting(): void {
    if (this.#listener.listening) this.#listener.close();
  }

  /** Waits for open streams to end, at most so long, then cuts what is left. */
  async close(graceMs: number): Promise<void> {
    this.stopAccepting();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, graceMs);
      this.#grpc.tryShutdown(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    this.destroy();
  }

  /** Cuts the connection of one peer, as `getPeer` of a call names it. */
  disconnect(peer: string): void {
    this.#sockets.get(peer)?.destroy();
  }

  /** Cuts every connection at once: nothing more leaves. */
  destroy(): void {
    this.stopAccepting();
    for (const socket of this.#sockets.values()) socket.destroy();
    this.#grpc.forceShutdown();
  }

  #onConnection(socket: Socket): void {
    const peer = `${socket.remoteAddress}:${socket.remotePort}`;
    this.#sockets.set(peer, socket);
    socket.once('close', () => this.#sockets.delete(peer));
    this.#injector.injectConnection(socket);
  }
}
