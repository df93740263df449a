import { configurationIn } from '../wire/batch-codec.ts';
import { featureLevelOf, membersFeatureLevel } from '../wire/feature-level.ts';
import type { Operation } from '../wire/operation.ts';
import { decodeOperations } from '../wire/operation-codec.ts';
import { WireFormatError } from '../wire/protobuf.ts';

/** A chosen command that this version cannot read: the node must halt, since to skip it would be to diverge. */
export class UndecodableCommand extends Error {
  override readonly name = 'UndecodableCommand';
}

/** The whole batch before any of it takes effect. @throws UndecodableCommand */
export function decodeCommands(slot: number, batch: Uint8Array, supportedLevel: number): readonly Operation[] {
  const operations = decoded(slot, () => decodeOperations(batch));
  for (const { body } of operations) {
    const level = featureLevelOf(body);
    if (level > supportedLevel) throw undecodable(slot, `a ${body.kind} of feature level ${level}`, supportedLevel);
  }
  return operations;
}

/** What stands in the place of commands, if the slot is about the members. @throws UndecodableCommand */
export function decodeConfiguration(slot: number, batch: Uint8Array, supportedLevel: number): Uint8Array | undefined {
  const configuration = decoded(slot, () => configurationIn(batch));
  if (configuration === undefined || supportedLevel >= membersFeatureLevel) return configuration;
  throw undecodable(slot, `members of feature level ${membersFeatureLevel}`, supportedLevel);
}

function decoded<Decoded>(slot: number, decode: () => Decoded): Decoded {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof WireFormatError)) throw error;
    throw new UndecodableCommand(`slot ${slot} holds a command that this version cannot read: ${error.message}`, {
      cause: error,
    });
  }
}

function undecodable(slot: number, what: string, supportedLevel: number): UndecodableCommand {
  return new UndecodableCommand(
    `slot ${slot} holds ${what}, and this version supports levels up to ${supportedLevel}: start a newer one`,
  );
}
