import { AssertionFailure } from '../wire/assert.ts';
import { WireFormatError } from '../wire/protobuf.ts';
import { UndecodableState } from './halt.ts';

/**
 * Why bytes of this disk, which are those that were written, make no state; undefined: they do. One of a later version is no damage: it
 * must not be dropped.
 *
 * @throws UndecodableState
 */
export function problemOfOwn(take: () => boolean): string | undefined {
  try {
    return problemOf(take);
  } catch (error) {
    if (!(error instanceof WireFormatError)) throw error;
    throw new UndecodableState(`a checkpoint was written by a later version: ${error.message}`, { cause: error });
  }
}

/** As of those that another node has sent. Where that one is of a later version, a third may be not. */
export function problemOfReceived(take: () => boolean): string | undefined {
  try {
    return problemOf(take);
  } catch (error) {
    if (error instanceof WireFormatError) return error.message;
    throw error;
  }
}

/** @throws WireFormatError of a later version */
function problemOf(take: () => boolean): string | undefined {
  try {
    return take() ? undefined : 'the state that it holds is not the one that was written';
  } catch (error) {
    const isBroken =
      error instanceof WireFormatError ? error.code !== 'UNSUPPORTED' : error instanceof AssertionFailure;
    if (isBroken) return (error as Error).message;
    throw error;
  }
}
