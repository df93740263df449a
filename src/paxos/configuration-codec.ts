import { AssertionFailure } from '../wire/assert.ts';
import { configurationIn, encodeConfigurationBatch } from '../wire/batch-codec.ts';
import { enumNumber, readEnum } from '../wire/enumeration.ts';
import type { NodeId } from '../wire/identifiers.ts';
import { Reader, WireFormatError, Writer } from '../wire/protobuf.ts';
import { type ClusterMember, type Configuration, type Slot, standings } from './record.ts';

/** The message Configuration of `journal.proto`. */
export function encodeConfiguration({ slot, members }: Configuration): Uint8Array {
  const writer = new Writer();
  writer.uint(1, slot);
  for (const { nodeId, incarnation, address, standing, replaces } of members) {
    const mark = writer.begin(2);
    writer.string(1, nodeId);
    writer.string(2, incarnation);
    writer.string(3, address);
    writer.uint32(4, enumNumber(standings, standing));
    writer.string(5, replaces);
    writer.end(mark);
  }
  return writer.finish();
}

/** @throws WireFormatError UNSUPPORTED on what this version does not know: to pass over it could be to count votes wrongly */
export function decodeConfiguration(bytes: Uint8Array): Configuration {
  const reader = new Reader(bytes);
  let slot = 0;
  const members: ClusterMember[] = [];
  while (reader.next()) {
    if (reader.field === 1) slot = reader.uint();
    else if (reader.field === 2) members.push(readMember(reader));
    else throw unknownField('a configuration', reader);
  }
  if (members.length === 0) throw new WireFormatError('a configuration names no members');
  return { slot, members };
}

function readMember(reader: Reader): ClusterMember {
  const outer = reader.enter();
  let nodeId = '';
  let incarnation = '';
  let address = '';
  let standing: ClusterMember['standing'] = 'voter';
  let replaces = '';
  while (reader.next()) {
    if (reader.field === 1) nodeId = reader.string();
    else if (reader.field === 2) incarnation = reader.string();
    else if (reader.field === 3) address = reader.string();
    else if (reader.field === 4) standing = readEnum(reader, standings);
    else if (reader.field === 5) replaces = reader.string();
    else throw unknownField('a member', reader);
  }
  reader.leave(outer);
  return { nodeId: nodeId as NodeId, incarnation, address, standing, replaces: replaces as NodeId | '' };
}

function unknownField(message: string, reader: Reader): WireFormatError {
  return new WireFormatError(`${message} has the unknown field ${reader.field}`, 'UNSUPPORTED');
}

/** The value of the slot in which these members are chosen. */
export function configurationValue(members: readonly ClusterMember[]): Uint8Array {
  return encodeConfigurationBatch(encodeConfiguration({ slot: 0, members }));
}

/** What the value, chosen in the slot, says of the members; undefined: nothing. @throws AssertionFailure if it cannot be read */
export function configurationOf(slot: Slot, value: Uint8Array): Configuration | undefined {
  try {
    const bytes = configurationIn(value);
    return bytes && { slot, members: decodeConfiguration(bytes).members };
  } catch (error) {
    if (!(error instanceof WireFormatError)) throw error;
    throw new AssertionFailure(`the configuration of slot ${slot} can be read: ${error.message}`, { cause: error });
  }
}
