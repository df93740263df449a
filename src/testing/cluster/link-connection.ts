import { Socket } from 'node:net';
import type { LinkDirection } from './link-direction.ts';
import { LinkPipe } from './link-pipe.ts';

export interface LinkConnectionOptions {
  /** Accepted, with half-open allowed. */
  readonly dialer: Socket;
  readonly targetPort: number;
  readonly toTarget: LinkDirection;
  readonly toDialer: LinkDirection;
  readonly onClosed: () => void;
}

/** One TCP connection through a link. A handshake takes packets in both directions: it waits until both are open. */
export class LinkConnection {
  readonly #options: LinkConnectionOptions;
  readonly #far = new Socket({ allowHalfOpen: true });
  readonly #pipes: LinkPipe[];
  readonly #unsubscribe: readonly (() => void)[];
  #phase: 'held' | 'dialling' | 'connected' = 'held';

  constructor(options: LinkConnectionOptions) {
    const { dialer, toTarget, toDialer } = options;
    this.#options = options;
    this.#pipes = [new LinkPipe(dialer, this.#far, toTarget)];
    const dial = (): void => this.#dialWhenOpen();
    this.#unsubscribe = [toTarget.onChange(dial), toDialer.onChange(dial)];
    for (const socket of [dialer, this.#far]) socket.on('error', () => undefined).on('close', () => this.#onClose());
    dialer.on('end', () => this.#abandon());
    this.#dialWhenOpen();
  }

  get held(): boolean {
    return this.#phase === 'held';
  }

  /** Bytes of one of its streams have vanished. */
  get torn(): boolean {
    return this.#pipes.some(({ torn }) => torn);
  }

  /** Both ends see a reset (RST), as from a router that has forgotten the connection. */
  reset(): void {
    const { dialer } = this.#options;
    dialer.resetAndDestroy();
    if (this.#phase === 'connected') this.#far.resetAndDestroy();
    else this.#far.destroy();
  }

  #dialWhenOpen(): void {
    const { toTarget, toDialer, targetPort, dialer } = this.#options;
    if (this.#phase !== 'held' || dialer.destroyed || toTarget.state !== 'open' || toDialer.state !== 'open') return;
    this.#phase = 'dialling';
    this.#far.setNoDelay(true);
    this.#far.connect(targetPort, '127.0.0.1', () => {
      this.#phase = 'connected';
      const back = new LinkPipe(this.#far, dialer, toDialer);
      this.#pipes.push(back);
      back.connected();
      this.#pipes[0]?.connected();
    });
  }

  /** Nobody dials for one who has hung up meanwhile. */
  #abandon(): void {
    if (this.held) this.reset();
  }

  #onClose(): void {
    const { dialer, onClosed } = this.#options;
    // The far end never was: nobody else tells the dialer.
    if (this.#phase !== 'connected') this.reset();
    if (!dialer.destroyed || !this.#far.destroyed) return;
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    for (const pipe of this.#pipes) pipe.close();
    onClosed();
  }
}
