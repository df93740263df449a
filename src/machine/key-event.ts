import type { Version } from './version.ts';

/** What one revision did to one key, in net effect: a WireEvent that also names its key as the keyspace does. */
export type KeyEvent = PutEvent | DeleteEvent;

abstract class Event {
  readonly now: Version;
  /** What `now` took the place of; a deletion if the key had been there at some time before. */
  readonly before: Version | undefined;

  constructor(now: Version, before: Version | undefined) {
    this.now = now;
    this.before = before;
  }

  get keyString(): string {
    return this.now.keyString;
  }

  /** Made anew each time. */
  get key(): Uint8Array {
    return this.now.key;
  }

  /** The entry before, if there was one. */
  get previous(): Version | undefined {
    return this.before?.isDeletion === false ? this.before : undefined;
  }
}

export class PutEvent extends Event {
  get type(): 'put' {
    return 'put';
  }

  get entry(): Version {
    return this.now;
  }
}

export class DeleteEvent extends Event {
  get type(): 'delete' {
    return 'delete';
  }
}
