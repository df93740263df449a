import type { OutgoingFrame } from './outgoing-frame.ts';
import type { Session } from './session.ts';

/** Keep-alives of the session, and questions whether anybody is there, which name none and need no leader. */
export class KeepAlives {
  #lastId = 0;
  #probing = false;

  probe(): void {
    this.#probing = true;
  }

  onNewStream(): void {
    this.#probing = false;
  }

  /** One frame for all that are due. */
  fill(frame: OutgoingFrame, session: Session | undefined): void {
    if (this.#probing) {
      this.#probing = false;
      this.#lastId += 1;
      frame.addKeepAlive({ id: this.#lastId, sessions: [] });
    }
    const due = session?.keepAliveDue();
    if (due === undefined) return;
    this.#lastId += 1;
    frame.addKeepAlive({ id: this.#lastId, sessions: [due] });
    session?.onKeepAliveSent(this.#lastId);
  }
}
