import { utf8Text } from '../wire/bytes.ts';
import type { WireEntry } from '../wire/result.ts';
import { ConclaveError } from './error.ts';
import type { KeyEntry } from './keyspace-types.ts';
import type { Entry, StandardSchema } from './types.ts';

const lossyDecoder = new TextDecoder('utf-8', { ignoreBOM: true });

export function keyText(bytes: Uint8Array): string {
  return lossyDecoder.decode(bytes);
}

class ReceivedKey implements KeyEntry {
  readonly key: string;
  readonly keyBytes: Uint8Array;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
  readonly session: string | undefined;

  /** Copies what it keeps: a slice would pin the whole frame. */
  constructor(entry: WireEntry) {
    this.key = keyText(entry.key);
    this.keyBytes = new Uint8Array(entry.key);
    this.createRevision = entry.createRevision;
    this.modRevision = entry.modRevision;
    this.version = entry.version;
    this.session = entry.sessionId === 0 ? undefined : String(entry.sessionId);
  }
}

class ReceivedEntry extends ReceivedKey implements Entry {
  readonly value: Uint8Array;

  constructor(entry: WireEntry) {
    super(entry);
    this.value = new Uint8Array(entry.value);
  }

  text(): string {
    try {
      return utf8Text(this.value);
    } catch (error) {
      throw this.#problem('INVALID_UTF8', 'is not UTF-8', error);
    }
  }

  json(): unknown {
    return JSON.parse(this.text());
  }

  async parse<T>(schema: StandardSchema<T>): Promise<T> {
    let value: unknown;
    try {
      value = this.json();
    } catch (error) {
      if (error instanceof ConclaveError) throw error;
      throw this.#problem('INVALID_VALUE', 'is not JSON', error);
    }
    const checked = (await schema['~standard'].validate(value)) as SchemaResult<T>;
    if (checked.issues === undefined) return checked.value;
    const problems = checked.issues.map(({ message }) => message).join('; ');
    throw this.#problem('INVALID_VALUE', `does not fit: ${problems}`, checked.issues);
  }

  #problem(code: 'INVALID_UTF8' | 'INVALID_VALUE', what: string, cause: unknown): ConclaveError {
    return new ConclaveError(code, `the value of '${this.key}' ${what}`, { cause });
  }
}

type SchemaResult<T> =
  | { readonly value: T; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string }[] };

export function entryOf(entry: WireEntry): Entry {
  return new ReceivedEntry(entry);
}

/** Of what came without its value. */
export function keyEntryOf(entry: WireEntry): KeyEntry {
  return new ReceivedKey(entry);
}

export function optionalEntryOf(entry: WireEntry | undefined): Entry | undefined {
  return entry === undefined ? undefined : new ReceivedEntry(entry);
}
