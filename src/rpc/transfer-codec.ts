import type { Checkpoint } from '../replica/checkpoint.ts';
import type { CheckpointOffer, CheckpointQuery, Chunk, ChunkRequest } from '../replica/messages.ts';
import type { Reader, Writer } from '../wire/protobuf.ts';
import { readIdAndSlot, writeIdAndSlot } from './relay-codec.ts';

export function writeCheckpointQuery(writer: Writer, field: number, { id, aboveSlot }: CheckpointQuery): void {
  writeIdAndSlot(writer, field, id, aboveSlot);
}

export function readCheckpointQuery(reader: Reader): CheckpointQuery {
  const { id, slot: aboveSlot } = readIdAndSlot(reader);
  return { type: 'checkpointQuery', id, aboveSlot };
}

export function writeCheckpointOffer(writer: Writer, field: number, { id, checkpoint }: CheckpointOffer): void {
  const mark = writer.begin(field);
  writer.uint(1, id);
  if (checkpoint !== undefined) writeCheckpoint(writer, 2, checkpoint);
  writer.end(mark);
}

export function readCheckpointOffer(reader: Reader): CheckpointOffer {
  const outer = reader.enter();
  let id = 0;
  let checkpoint: Checkpoint | undefined;
  while (reader.next()) {
    if (reader.field === 1) id = reader.uint();
    else if (reader.field === 2) checkpoint = readCheckpoint(reader);
    else reader.skip();
  }
  reader.leave(outer);
  return { type: 'checkpointOffer', id, checkpoint };
}

export function writeChunkRequest(writer: Writer, field: number, message: ChunkRequest): void {
  const mark = writer.begin(field);
  writer.uint(1, message.id);
  writer.uint(2, message.slot);
  writer.uint(3, message.index);
  writer.end(mark);
}

export function readChunkRequest(reader: Reader): ChunkRequest {
  const { id, slot, index } = readChunkFields(reader);
  return { type: 'chunkRequest', id, slot, index };
}

export function writeChunk(writer: Writer, field: number, { id, slot, index, bytes }: Chunk): void {
  const mark = writer.begin(field, (bytes?.length ?? 0) + 32);
  writer.uint(1, id);
  writer.uint(2, slot);
  writer.uint(3, index);
  if (bytes !== undefined) writer.bytes(4, bytes);
  writer.end(mark);
}

export function readChunk(reader: Reader): Chunk {
  return { type: 'chunk', ...readChunkFields(reader) };
}

/** A chunk is never empty. */
function readChunkFields(reader: Reader): Omit<Chunk, 'type'> {
  const outer = reader.enter();
  let id = 0;
  let slot = 0;
  let index = 0;
  let bytes: Uint8Array | undefined;
  while (reader.next()) {
    if (reader.field === 1) id = reader.uint();
    else if (reader.field === 2) slot = reader.uint();
    else if (reader.field === 3) index = reader.uint();
    else if (reader.field === 4) bytes = reader.bytes();
    else reader.skip();
  }
  reader.leave(outer);
  return { id, slot, index, bytes };
}

function writeCheckpoint(writer: Writer, field: number, checkpoint: Checkpoint): void {
  const mark = writer.begin(field);
  writer.uint(1, checkpoint.slot);
  writer.uint(2, checkpoint.revision);
  writer.string(3, checkpoint.hash);
  writer.uint(4, checkpoint.chunks);
  writer.uint(5, checkpoint.bytes);
  writer.end(mark);
}

function readCheckpoint(reader: Reader): Checkpoint {
  const outer = reader.enter();
  let slot = 0;
  let revision = 0;
  let hash = '';
  let chunks = 0;
  let bytes = 0;
  while (reader.next()) {
    if (reader.field === 1) slot = reader.uint();
    else if (reader.field === 2) revision = reader.uint();
    else if (reader.field === 3) hash = reader.string();
    else if (reader.field === 4) chunks = reader.uint();
    else if (reader.field === 5) bytes = reader.uint();
    else reader.skip();
  }
  reader.leave(outer);
  return { slot, revision, hash, chunks, bytes };
}
