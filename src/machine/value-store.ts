import { emptyBytes } from '../wire/bytes.ts';

/** Where the values of keys are kept, apart from the batches that brought them. */
export class ValueStore {
  /** A copy: a slice would keep its whole batch in memory. */
  keep(value: Uint8Array): Uint8Array {
    return value.length === 0 ? emptyBytes : value.slice();
  }
}
