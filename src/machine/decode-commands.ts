import type { Operation } from '../wire/operation.ts';
import { decodeOperations } from '../wire/operation-codec.ts';
import { WireFormatError } from '../wire/protobuf.ts';

/** A chosen command that this version cannot read: the node must halt, since to skip it would be to diverge. */
export class UndecodableCommand extends Error {
  override readonly name = 'UndecodableCommand';
}

/** The whole batch before any of it takes effect. @throws UndecodableCommand */
export function decodeCommands(batch: Uint8Array): readonly Operation[] {
  try {
    return decodeOperations(batch);
  } catch (error) {
    if (error instanceof WireFormatError) throw new UndecodableCommand(error.message, { cause: error });
    throw error;
  }
}
