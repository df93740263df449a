import type { SessionState } from './core/effect.ts';
import type { SessionView } from './core/sessions.ts';
import type { Driver } from './driver.ts';
import { ConclaveError } from './error.ts';
import { JudgedSignal } from './judged-signal.ts';
import { credentialsText } from './session-credentials.ts';
import type { Client } from './types.ts';

/** One session of a client; the next one has a handle of its own. */
class SessionHandle {
  readonly serial: number;
  readonly #driver: Driver;
  readonly #signal: JudgedSignal;
  #id = '';
  #credentials: string | undefined;
  #expired = false;

  constructor(driver: Driver, serial: number) {
    this.#driver = driver;
    this.serial = serial;
    this.#signal = new JudgedSignal(() => (this.#view() === undefined ? sessionLost() : undefined));
  }

  get id(): string {
    this.#view();
    return this.#id;
  }

  get credentials(): string | undefined {
    this.#view();
    return this.#credentials;
  }

  get state(): SessionState {
    return this.#view()?.state ?? 'expired';
  }

  get remainingMs(): number {
    return this.#view()?.remainingMs ?? 0;
  }

  get signal(): AbortSignal {
    return this.#signal.signal;
  }

  expire(): void {
    this.#expired = true;
    this.#signal.abort(sessionLost());
  }

  /** Keeps the id and the credentials, which outlive the session. */
  note({ id, credentials }: SessionView): void {
    if (id !== '') this.#id = id;
    if (credentials !== undefined) this.#credentials ??= credentialsText(credentials);
  }

  /** Undefined once it is over. */
  #view(): SessionView | undefined {
    if (this.#expired) return undefined;
    const view = this.#driver.session();
    if (view.serial === this.serial) this.note(view);
    return view.serial !== this.serial || view.state === 'expired' ? undefined : view;
  }
}

/** Hands out the newest session's handle. */
export class SessionHandles {
  readonly #driver: Driver;
  #newest: SessionHandle | undefined;

  constructor(driver: Driver) {
    this.#driver = driver;
    driver.onSessionExpired((serial) => {
      if (this.#newest?.serial === serial) this.#newest.expire();
    });
  }

  newest(): Client['session'] {
    const view = this.#driver.session();
    if (this.#newest?.serial !== view.serial) {
      this.#newest = new SessionHandle(this.#driver, view.serial);
      this.#newest.note(view);
      if (view.state === 'expired') this.#newest.expire();
    }
    return this.#newest;
  }
}

function sessionLost(): ConclaveError {
  return new ConclaveError('SESSION_EXPIRED', 'the session is over', { outcome: 'unknown' });
}
