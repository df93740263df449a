import type { ClientStatus } from '../types.ts';
import type { CoreContext } from './context.ts';
import type { Sessions } from './sessions.ts';

/** What the client says of itself, in one word at a time. */
export class StatusBoard {
  readonly #context: CoreContext;
  readonly #sessions: Sessions;
  #status: ClientStatus = { type: 'switching' };
  /** A session was lost, and neither another one nor another stream has been opened since. */
  #expiryShown = false;

  constructor(context: CoreContext, sessions: Sessions) {
    this.#context = context;
    this.#sessions = sessions;
  }

  get status(): ClientStatus {
    return this.#status;
  }

  onConnected(): void {
    this.#expiryShown = false;
  }

  onSessionLost(): void {
    this.#expiryShown = true;
    this.#show({ type: 'expired' });
  }

  /** `address`: of the node that is connected. */
  update(address: string | undefined): void {
    if (this.#sessions.isOpen) this.#expiryShown = false;
    if (this.#expiryShown) this.#show({ type: 'expired' });
    else if (this.#sessions.current?.state === 'jeopardy') this.#show({ type: 'jeopardy' });
    else this.#show(address === undefined ? { type: 'switching' } : { type: 'connected', endpoint: address });
  }

  close(): void {
    this.#show({ type: 'closed' });
  }

  #show(status: ClientStatus): void {
    if (status.type === this.#status.type && endpointOf(status) === endpointOf(this.#status)) return;
    this.#status = status;
    this.#context.emit({ type: 'status', status });
  }
}

function endpointOf(status: ClientStatus): string | undefined {
  return status.type === 'connected' ? status.endpoint : undefined;
}
