import type { Reader, Writer } from './protobuf.ts';
import type { ChangeSettings, RaiseFeatureLevel, Settings } from './settings.ts';

/** As in a command, and in an encoded state. */
export function writeSettings(writer: Writer, field: number, settings: Settings): void {
  const mark = writer.begin(field);
  writer.uint(1, settings.version);
  writer.uint(2, settings.quotaBytes);
  writer.uint(3, settings.historyRevisions);
  writer.uint(4, settings.historyBytes);
  writer.end(mark);
}

/** `onUnknown`: what a field means that this version does not know. */
export function readSettings(reader: Reader, onUnknown: () => void = () => reader.skip()): Settings {
  const outer = reader.enter();
  let version = 0;
  let quotaBytes = 0;
  let historyRevisions = 0;
  let historyBytes = 0;
  while (reader.next()) {
    if (reader.field === 1) version = reader.uint();
    else if (reader.field === 2) quotaBytes = reader.uint();
    else if (reader.field === 3) historyRevisions = reader.uint();
    else if (reader.field === 4) historyBytes = reader.uint();
    else onUnknown();
  }
  reader.leave(outer);
  return { version, quotaBytes, historyRevisions, historyBytes };
}

export function readChangeSettings(reader: Reader): ChangeSettings {
  return { kind: 'changeSettings', ...readSettings(reader) };
}

export function writeRaiseFeatureLevel(writer: Writer, field: number, { level }: RaiseFeatureLevel): void {
  const mark = writer.begin(field);
  writer.uint32(1, level);
  writer.end(mark);
}

export function readRaiseFeatureLevel(reader: Reader): RaiseFeatureLevel {
  const outer = reader.enter();
  let level = 0;
  while (reader.next()) {
    if (reader.field === 1) level = reader.uint32();
    else reader.skip();
  }
  reader.leave(outer);
  return { kind: 'raiseFeatureLevel', level };
}
