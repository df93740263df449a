import { crc32 } from 'node:zlib';
import type { Slot } from '../paxos/record.ts';
import { Reader, WireFormatError, Writer } from '../wire/protobuf.ts';

/** The form of a backup's file, as `backup.proto` describes it. Raised when an older version could misread one. */
export const backupFormatVersion = 1;

/** A byte that is no ASCII, a name, and line ends: what has been sent as text does not look like it any more. */
export const backupMagic: Uint8Array = Uint8Array.of(0x89, 0x43, 0x4e, 0x43, 0x42, 0x0d, 0x0a, 0x1a);

/** What a backup says of itself before its state. */
export interface BackupHeader {
  readonly clusterId: string;
  readonly clusterName: string;
  /** The node that gave its state. */
  readonly nodeId: string;
  readonly programVersion: string;
  /** By the clock of that node. */
  readonly createdAtMs: number;
  readonly slot: Slot;
  readonly revision: number;
  /** As `Machine.hash`. */
  readonly stateHash: string;
  /** Without a read point: what was acknowledged before may be missing. */
  readonly stale: boolean;
  /** About how long the state is; 0: not known. */
  readonly expectedBytes: number;
}

/** And after it. */
export interface BackupTrailer {
  readonly chunks: number;
  /** Of all chunks. */
  readonly bytes: number;
  /** Of everything before the trailer's frame. */
  readonly sha256: Uint8Array;
}

export const frameKinds = { header: 1, chunk: 2, trailer: 3 } as const;
export type FrameKind = keyof typeof frameKinds;

/** CRC-32 of the rest, kind, length of the content. */
export const frameHeadBytes = 4 + 1 + 4;

export interface FrameHead {
  readonly crc: number;
  readonly kind: FrameKind | undefined;
  readonly length: number;
}

export function encodeFrame(kind: FrameKind, content: Uint8Array): Uint8Array {
  const frame = new Uint8Array(frameHeadBytes + content.length);
  const view = new DataView(frame.buffer);
  view.setUint8(4, frameKinds[kind]);
  view.setUint32(5, content.length);
  frame.set(content, frameHeadBytes);
  view.setUint32(0, crc32(frame.subarray(4)));
  return frame;
}

export function readFrameHead(head: Uint8Array): FrameHead {
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const number = view.getUint8(4);
  const kinds = Object.keys(frameKinds) as FrameKind[];
  const kind = kinds.find((candidate) => frameKinds[candidate] === number);
  return { crc: view.getUint32(0), kind, length: view.getUint32(5) };
}

/** Whether the whole frame is what was written. */
export function isIntactFrame(frame: Uint8Array): boolean {
  return readFrameHead(frame).crc === crc32(frame.subarray(4));
}

const writer = new Writer();

export function encodeBackupHeader(header: BackupHeader): Uint8Array {
  writer.reset();
  writer.uint32(1, backupFormatVersion);
  writer.string(2, header.clusterId);
  writer.string(3, header.clusterName);
  writer.string(4, header.nodeId);
  writer.string(5, header.programVersion);
  writer.uint(6, header.createdAtMs);
  writer.uint(7, header.slot);
  writer.uint(8, header.revision);
  writer.string(9, header.stateHash);
  writer.bool(10, header.stale);
  writer.uint(11, header.expectedBytes);
  return writer.finish();
}

/** @throws WireFormatError, UNSUPPORTED if it is of a later version */
export function decodeBackupHeader(bytes: Uint8Array): BackupHeader {
  const reader = new Reader(bytes);
  const text = { clusterId: '', clusterName: '', nodeId: '', programVersion: '', stateHash: '' };
  const number = { createdAtMs: 0, slot: 0, revision: 0, expectedBytes: 0 };
  let stale = false;
  while (reader.next()) {
    if (reader.field === 1) refuseNewer(reader.uint32());
    else if (reader.field === 2) text.clusterId = reader.string();
    else if (reader.field === 3) text.clusterName = reader.string();
    else if (reader.field === 4) text.nodeId = reader.string();
    else if (reader.field === 5) text.programVersion = reader.string();
    else if (reader.field === 6) number.createdAtMs = reader.uint();
    else if (reader.field === 7) number.slot = reader.uint();
    else if (reader.field === 8) number.revision = reader.uint();
    else if (reader.field === 9) text.stateHash = reader.string();
    else if (reader.field === 10) stale = reader.bool();
    else if (reader.field === 11) number.expectedBytes = reader.uint();
    else throw unknownField(reader, 'the header of a backup');
  }
  return { ...text, ...number, stale };
}

/** The version comes first, so that nothing of a newer format is read before it. */
function refuseNewer(version: number): void {
  if (version <= backupFormatVersion) return;
  throw new WireFormatError(`format ${version}; known are formats up to ${backupFormatVersion}`, 'UNSUPPORTED');
}

export function encodeBackupTrailer({ chunks, bytes, sha256 }: BackupTrailer): Uint8Array {
  writer.reset();
  writer.uint(1, chunks);
  writer.uint(2, bytes);
  writer.bytes(3, sha256);
  return writer.finish();
}

/** @throws WireFormatError */
export function decodeBackupTrailer(content: Uint8Array): BackupTrailer {
  const reader = new Reader(content);
  let chunks = 0;
  let bytes = 0;
  let sha256: Uint8Array = new Uint8Array(0);
  while (reader.next()) {
    if (reader.field === 1) chunks = reader.uint();
    else if (reader.field === 2) bytes = reader.uint();
    else if (reader.field === 3) sha256 = reader.bytes();
    else throw unknownField(reader, 'the trailer of a backup');
  }
  return { chunks, bytes, sha256 };
}

function unknownField(reader: Reader, where: string): WireFormatError {
  return new WireFormatError(`${where} has the unknown field ${reader.field}`, 'UNSUPPORTED');
}
