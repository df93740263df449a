import type { ClientFrame } from '../../wire/frame.ts';
import type { KeepAlives } from './keep-alives.ts';
import type { Locks } from './locks.ts';
import { OutgoingFrame } from './outgoing-frame.ts';
import type { Reads } from './reads.ts';
import type { Session } from './session.ts';
import type { Sessions } from './sessions.ts';
import type { Watches } from './watches.ts';

/** Who may have something to send. */
interface Senders {
  readonly keepAlives: KeepAlives;
  readonly locks: Locks;
  readonly watches: Watches;
  readonly reads: Reads;
  readonly sessions: Sessions;
}

/**
 * Composes the frames. What is urgent comes first, commands come last, and what has no room follows in the next frame. There commands
 * that were left out come first, since a large one has room in no frame but an empty one; the frame after it is again the others', so
 * that neither keeps the other out.
 */
export class Outbox {
  readonly #senders: Senders;
  #commandsFirst = false;

  constructor(senders: Senders) {
    this.#senders = senders;
  }

  /** Undefined: there is nothing to send now. `mayOpen`: whether this is the time to open a session. */
  next(mayOpen: boolean): ClientFrame | undefined {
    const frame = new OutgoingFrame();
    const session = this.#senders.sessions.current;
    if (this.#commandsFirst) {
      session?.fill(frame, mayOpen);
      this.#fillOthers(frame, session);
      this.#commandsFirst = false;
    } else {
      this.#fillOthers(frame, session);
      this.#commandsFirst = session?.fill(frame, mayOpen) === false;
    }
    return frame.isEmpty ? undefined : frame.finish();
  }

  #fillOthers(frame: OutgoingFrame, session: Session | undefined): void {
    const { keepAlives, locks, watches, reads } = this.#senders;
    keepAlives.fill(frame, session);
    locks.fill(frame);
    watches.fill(frame);
    reads.fill(frame);
  }
}
