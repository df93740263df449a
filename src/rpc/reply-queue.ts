import type { Grant, KeepAliveAnswer, LeaderHint, ServerFrame } from '../wire/frame.ts';

/** Frames are gathered up to about this size; a single one may be longer. */
const gatherBytes = 1024 * 1024;

export interface GatheredReply {
  readonly frame: ServerFrame;
  /** The sum of what was given with each reply in it. */
  readonly bytes: number;
}

/** Replies to one client that wait for the stream: taken out gathered, so that a busy stream carries few, large frames. */
export class ReplyQueue {
  #replies: GatheredReply[] = [];

  get empty(): boolean {
    return this.#replies.length === 0;
  }

  add(frame: ServerFrame, bytes: number): void {
    this.#replies.push({ frame, bytes });
  }

  /** As many replies as one frame may carry without a change of their order. At least one must be there. */
  take(): GatheredReply {
    let bytes = 0;
    let count = 0;
    const gathered = new GatheredFrame();
    for (const reply of this.#replies) {
      if (count > 0 && (bytes + reply.bytes > gatherBytes || !gathered.mayAdd(reply.frame))) break;
      gathered.add(reply.frame);
      bytes += reply.bytes;
      count += 1;
    }
    if (count === this.#replies.length) this.#replies = [];
    else this.#replies.splice(0, count);
    return { frame: gathered.frame(), bytes };
  }
}

class GatheredFrame {
  #first: ServerFrame | undefined;
  #goodbye: ServerFrame['goodbye'];
  #leader: LeaderHint | undefined;
  readonly #results: Uint8Array[] = [];
  readonly #keepAlives: KeepAliveAnswer[] = [];
  readonly #watchNotices: Uint8Array[] = [];
  readonly #grants: Grant[] = [];

  /**
   * A client reads results first, then keep-alives, then grants: what was said in another order stays in frames of its own.
   * Watch notices keep their order among themselves alone.
   */
  mayAdd(frame: ServerFrame): boolean {
    if (this.#goodbye !== undefined || frame.welcome !== undefined) return false;
    if (frame.results.length > 0 && this.#keepAlives.length + this.#grants.length > 0) return false;
    return frame.keepAlives.length === 0 || this.#grants.length === 0;
  }

  add(frame: ServerFrame): void {
    this.#first ??= frame;
    for (const result of frame.results) this.#results.push(result);
    for (const answer of frame.keepAlives) this.#keepAlives.push(answer);
    for (const notice of frame.watchNotices) this.#watchNotices.push(notice);
    for (const grant of frame.grants) this.#grants.push(grant);
    this.#leader = frame.leader ?? this.#leader;
    this.#goodbye = frame.goodbye;
  }

  frame(): ServerFrame {
    return {
      welcome: this.#first?.welcome,
      results: this.#results,
      keepAlives: this.#keepAlives,
      watchNotices: this.#watchNotices,
      grants: this.#grants,
      leader: this.#leader,
      goodbye: this.#goodbye,
    };
  }
}
