import type { LockDelay } from './applied.ts';

/** About what a record takes in memory besides its names, keys, values and notes. */
const overheadBytes = {
  /** Its place in the order of keys and its event included. */
  version: 256,
  session: 1024,
  result: 128,
  acquisition: 512,
  /** In each lock that an acquisition holds or waits for. */
  place: 128,
  closure: 256,
  counter: 128,
} as const;

/** A result that is shorter counts as one of so many bytes: so the wording of an error does not matter. */
const leastResultBytes = 256;

/**
 * How much the state takes: the sum of a fixed formula over its records. It depends on what the state holds alone, not on how it
 * came about nor on how it lies in memory, so that it is the same on all nodes, and what a quota refuses is, too.
 */
export class ResidentBytes {
  /** Living keys, acquisitions, lock-delays and counters: they stay until somebody gives them up. */
  kept = 0;
  /** Sessions by themselves. */
  sessions = 0;
  /** Remembered results, until they are acknowledged. */
  results = 0;
  /** What a compaction can free: versions that are past, deletions, and the events of locks, counters and sessions. */
  history = 0;

  get total(): number {
    return this.kept + this.sessions + this.results + this.history;
  }

  /** A version that lives. */
  keep(bytes: number): void {
    this.kept += bytes;
  }

  /** What lived before (0: nothing) becomes history; so does a deletion itself. */
  replace(existingBytes: number, bytes: number, isDeletion: boolean): void {
    if (existingBytes > 0) this.pass(existingBytes);
    this.keep(bytes);
    if (isDeletion) this.pass(bytes);
  }

  /** A version that lived becomes history. */
  pass(bytes: number): void {
    this.kept -= bytes;
    this.history += bytes;
  }

  /** A version that is past goes out of sight. */
  forget(bytes: number): void {
    this.history -= bytes;
  }

  clone(): ResidentBytes {
    const copy = new ResidentBytes();
    copy.kept = this.kept;
    copy.sessions = this.sessions;
    copy.results = this.results;
    copy.history = this.history;
    return copy;
  }

  equals(other: ResidentBytes): boolean {
    return (
      this.kept === other.kept &&
      this.sessions === other.sessions &&
      this.results === other.results &&
      this.history === other.history
    );
  }
}

/** Of a version of a key, which is as long as `keyString` makes it. */
export function versionBytes(keyBytes: number, valueBytes: number): number {
  return overheadBytes.version + keyBytes + valueBytes;
}

export function sizeOfVersion(version: {
  readonly keyString: string;
  readonly value: { readonly length: number };
}): number {
  return versionBytes(version.keyString.length, version.value.length);
}

export function sessionBytes(session: {
  readonly name: string;
  readonly metadata: readonly { readonly name: string; readonly value: string }[];
  /** Of any kind: a secret has as many bytes as its text has characters. */
  readonly secret: { readonly length: number };
}): number {
  let bytes = overheadBytes.session + session.name.length + session.secret.length;
  for (const { name, value } of session.metadata) bytes += name.length + value.length;
  return bytes;
}

export function resultBytes({ length }: Uint8Array): number {
  return overheadBytes.result + Math.max(leastResultBytes, length);
}

export function acquisitionBytes(acquisition: {
  readonly names: readonly string[];
  readonly note: { readonly length: number };
}): number {
  let bytes = overheadBytes.acquisition + acquisition.note.length;
  for (const name of acquisition.names) bytes += overheadBytes.place + name.length;
  return bytes;
}

export function closureBytes({ name }: LockDelay): number {
  return overheadBytes.closure + name.length;
}

/** One that is 0 takes no room. */
export function counterBytes(name: string, value: bigint): number {
  return value === 0n ? 0 : overheadBytes.counter + name.length;
}
