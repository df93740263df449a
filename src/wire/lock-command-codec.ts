import { emptyBytes } from './bytes.ts';
import { enumNumber, readEnum } from './enumeration.ts';
import type { Sequence } from './identifiers.ts';
import type { LockAcquire, LockCommand, LockMode, LockTerms } from './lock-operation.ts';
import type { Reader, Writer } from './protobuf.ts';

export const lockModes = ['exclusive', 'shared', 'permit'] as const satisfies readonly LockMode[];

type Command<Kind extends LockCommand['kind']> = Extract<LockCommand, { kind: Kind }>;

export function writeLockAcquire(writer: Writer, field: number, { name, wait, terms }: LockAcquire): void {
  const mark = writer.begin(field, name.length + 4);
  writer.string(1, name);
  writer.bool(2, wait);
  if (terms !== undefined) writeTerms(writer, 3, terms);
  writer.end(mark);
}

export function readLockAcquire(reader: Reader): LockAcquire {
  const outer = reader.enter();
  let name = '';
  let wait = false;
  let terms: LockTerms | undefined;
  while (reader.next()) {
    if (reader.field === 1) name = reader.string();
    else if (reader.field === 2) wait = reader.bool();
    else if (reader.field === 3) terms = readTerms(reader);
    else reader.skip();
  }
  reader.leave(outer);
  return { kind: 'lockAcquire', name, wait, terms };
}

function writeTerms(writer: Writer, field: number, terms: LockTerms): void {
  const mark = writer.begin(field);
  writer.uint(1, enumNumber(lockModes, terms.mode));
  writer.uint32(2, terms.permits);
  for (const name of terms.otherNames) writer.stringItem(3, name);
  writer.uint(4, terms.delayMs);
  writer.bytes(5, terms.note);
  writer.end(mark);
}

function readTerms(reader: Reader): LockTerms {
  const outer = reader.enter();
  let mode: LockMode = 'exclusive';
  let permits = 0;
  const otherNames: string[] = [];
  let delayMs = 0;
  let note = emptyBytes;
  while (reader.next()) {
    if (reader.field === 1) mode = readEnum(reader, lockModes);
    else if (reader.field === 2) permits = reader.uint32();
    else if (reader.field === 3) otherNames.push(reader.string());
    else if (reader.field === 4) delayMs = reader.uint();
    else if (reader.field === 5) note = reader.bytes();
    else reader.skip();
  }
  reader.leave(outer);
  return { mode, permits, otherNames, delayMs, note };
}

export function writeLockSetNote(writer: Writer, field: number, body: Command<'lockSetNote'>): void {
  const mark = writer.begin(field);
  writer.string(1, body.name);
  writer.uint(2, body.sequence);
  writer.bytes(3, body.note);
  writer.end(mark);
}

export function readLockSetNote(reader: Reader): Command<'lockSetNote'> {
  const outer = reader.enter();
  let name = '';
  let sequence = 0;
  let note = emptyBytes;
  while (reader.next()) {
    if (reader.field === 1) name = reader.string();
    else if (reader.field === 2) sequence = reader.uint();
    else if (reader.field === 3) note = reader.bytes();
    else reader.skip();
  }
  reader.leave(outer);
  return { kind: 'lockSetNote', name, sequence: sequence as Sequence, note };
}
