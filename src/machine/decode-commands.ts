import { configurationIn } from '../wire/batch-codec.ts';
import type { Operation } from '../wire/operation.ts';
import { decodeOperations } from '../wire/operation-codec.ts';
import { WireFormatError } from '../wire/protobuf.ts';

/** A chosen command that this version cannot read: the node must halt, since to skip it would be to diverge. */
export class UndecodableCommand extends Error {
  override readonly name = 'UndecodableCommand';
}

/** The whole batch before any of it takes effect. @throws UndecodableCommand */
export function decodeCommands(batch: Uint8Array): readonly Operation[] {
  return decoded(() => decodeOperations(batch));
}

/** What stands in the place of commands, if the slot is about the members. @throws UndecodableCommand */
export function decodeConfiguration(batch: Uint8Array): Uint8Array | undefined {
  return decoded(() => configurationIn(batch));
}

function decoded<Decoded>(decode: () => Decoded): Decoded {
  try {
    return decode();
  } catch (error) {
    if (error instanceof WireFormatError) throw new UndecodableCommand(error.message, { cause: error });
    throw error;
  }
}
