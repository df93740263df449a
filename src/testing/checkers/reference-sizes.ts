import type { OpenSession } from '../../wire/operation.ts';
import type { Result, WireEntry } from '../../wire/result.ts';
import { encodeResult } from '../../wire/result-codec.ts';
import type { WireObjectEvent } from '../../wire/watch.ts';
import type { AcquisitionHistory } from './reference-log.ts';

/** What the documentation says that each record counts for, besides its texts. */
const documented = { key: 256, session: 1024, result: 128, shortResult: 256, acquisition: 512, place: 128 } as const;
const documentedDelay = 256;
const documentedCounter = 128;
const documentedEvent = 256;
const documentedHolder = 256;

interface KeyChanged {
  readonly key: string;
  readonly now: WireEntry | undefined;
  readonly before: WireEntry | undefined;
}

/** What lives afterwards, less what has lived before. */
export function growthOfKeys(changed: readonly KeyChanged[]): number {
  let bytes = 0;
  for (const { key, now, before } of changed) {
    if (now !== undefined) bytes += bytesOfEntry(key, now);
    if (before !== undefined) bytes -= bytesOfEntry(key, before);
  }
  return bytes;
}

export function bytesOfEntry(key: string, { value }: Pick<WireEntry, 'value'>): number {
  return documented.key + key.length + value.length;
}

export function bytesOfAcquisition({ names, note }: Pick<AcquisitionHistory, 'names' | 'note'>): number {
  return documented.acquisition + note.length + sum(names.map((name) => documented.place + name.length));
}

/** One that is 0 is not there. */
export function bytesOfCounter(name: string, value: bigint): number {
  return value === 0n ? 0 : documentedCounter + name.length;
}

export function bytesOfSession({ name, secret, metadata }: OpenSession): number {
  const described = metadata.map((entry) => entry.name.length + entry.value.length);
  return documented.session + name.length + secret.length + sum(described);
}

export function bytesOfEvent(event: WireObjectEvent): number {
  if (event.type !== 'lock') return documentedEvent + event.name.length;
  const { holders } = event.state;
  return documentedEvent + event.name.length + documentedHolder * holders.length + (holders[0]?.note.length ?? 0);
}

/** Of an error, the wording makes no difference. */
export function bytesOfResult(result: Result): number {
  return documented.result + Math.max(documented.shortResult, encodeResult(result).length);
}

export function bytesOfDeletion(key: string): number {
  return documented.key + key.length;
}

export function bytesOfDelay(name: string): number {
  return documentedDelay + name.length;
}

export function growthOfCounter(name: string, before: bigint, after: bigint): number {
  return bytesOfCounter(name, after) - bytesOfCounter(name, before);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
