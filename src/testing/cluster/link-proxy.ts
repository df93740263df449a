import { connect, createServer, type Server } from 'node:net';
import { LinkConnection } from './link-connection.ts';
import { type DirectionCounters, LinkDirection } from './link-direction.ts';

export interface LinkProxyOptions {
  /** Where the dialer finds the target, on 127.0.0.1. */
  readonly port: number;
  /** Of the target, on 127.0.0.1. */
  readonly targetPort: number;
}

/** What a link has done since it was made: proof that a fault has met traffic. */
export interface LinkCounters {
  /** Accepted from the dialer. */
  readonly connections: number;
  /** Of these, found a direction closed, and had to wait for it. */
  readonly connectionsHeld: number;
  readonly connectionsReset: number;
  /** Dials of `refuse` itself that were refused: each proves that the port was closed. */
  readonly refusals: number;
  readonly toTarget: DirectionCounters;
  readonly toDialer: DirectionCounters;
}

/**
 * A link that can be made to fail: a TCP proxy on loopback between one dialer and one target. The faults are those of the two
 * directions, `reset` and `refuse`. While the target is known to be down (`targetDown`) the port is closed, so that
 * the dialer is refused as it would be without a proxy.
 */
export class LinkProxy {
  readonly toTarget = new LinkDirection();
  readonly toDialer = new LinkDirection();
  readonly #port: number;
  readonly #targetPort: number;
  readonly #connections = new Set<LinkConnection>();
  readonly #counters = { connections: 0, connectionsHeld: 0, connectionsReset: 0, refusals: 0 };
  #targetIsUp = false;
  #refusing = false;
  #server: Server | undefined;
  #changing: Promise<void> = Promise.resolve();

  constructor({ port, targetPort }: LinkProxyOptions) {
    this.#port = port;
    this.#targetPort = targetPort;
  }

  /** 127.0.0.1:PORT, for the dialer. */
  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  get counters(): LinkCounters {
    const { toTarget, toDialer } = this;
    return { ...this.#counters, toTarget: { ...toTarget.counters }, toDialer: { ...toDialer.counters } };
  }

  /** Open at this moment, those included that wait to be let through. */
  get openConnections(): number {
    return this.#connections.size;
  }

  /** Both directions. */
  get directions(): readonly [LinkDirection, LinkDirection] {
    return [this.toTarget, this.toDialer];
  }

  /** Resolves once dials are accepted, unless they are refused. Rejects with the system error if the port is taken. */
  targetUp(): Promise<void> {
    this.#targetIsUp = true;
    return this.#listenAsWanted();
  }

  /** Dials are refused until `targetUp`; what becomes of open connections is for the target's system to say. */
  targetDown(): Promise<void> {
    this.#targetIsUp = false;
    return this.#listenAsWanted();
  }

  /** Closes the port: new dials are refused, open connections go on. Resolves once a dial of its own was refused. */
  async refuse(): Promise<void> {
    this.#refusing = true;
    await this.#listenAsWanted();
    await this.#proveRefusal();
    this.#counters.refusals += 1;
  }

  /** Ends `refuse`. */
  accept(): Promise<void> {
    this.#refusing = false;
    return this.#listenAsWanted();
  }

  /** Resets every connection, and returns how many there were. */
  reset(): number {
    return this.#resetThose(() => true);
  }

  /** Ends every fault, and resets the connections that lost bytes. Resolves once dials are accepted, if the target is up. */
  async heal(): Promise<void> {
    this.#resetThose(({ torn }) => torn);
    for (const direction of this.directions) {
      direction.setSpeed(undefined);
      direction.set('open');
    }
    await this.accept();
  }

  /** For ever. */
  async close(): Promise<void> {
    await this.targetDown();
    for (const connection of this.#connections) connection.reset();
  }

  #resetThose(isMeant: (connection: LinkConnection) => boolean): number {
    const meant = [...this.#connections].filter(isMeant);
    for (const connection of meant) connection.reset();
    this.#counters.connectionsReset += meant.length;
    return meant.length;
  }

  /** One change at a time; the last wish counts. */
  #listenAsWanted(): Promise<void> {
    const changed = this.#changing.then(async () => {
      const isWanted = this.#targetIsUp && !this.#refusing;
      if (isWanted && this.#server === undefined) this.#server = await this.#listen();
      if (isWanted || this.#server === undefined) return;
      this.#server.close();
      this.#server = undefined;
    });
    this.#changing = changed.catch(() => undefined);
    return changed;
  }

  #listen(): Promise<Server> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (dialer) => {
      const connection: LinkConnection = new LinkConnection({
        dialer,
        targetPort: this.#targetPort,
        toTarget: this.toTarget,
        toDialer: this.toDialer,
        onClosed: () => this.#connections.delete(connection),
      });
      this.#connections.add(connection);
      this.#counters.connections += 1;
      if (connection.held) this.#counters.connectionsHeld += 1;
    });
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', () => resolve(server));
    });
  }

  #proveRefusal(): Promise<void> {
    return new Promise((resolve, reject) => {
      const probe = connect(this.#port, '127.0.0.1');
      probe.once('connect', () => {
        probe.destroy();
        reject(new Error(`${this.address} was to refuse connections, and took one`));
      });
      probe.once('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ECONNREFUSED') resolve();
        else reject(error);
      });
    });
  }
}
