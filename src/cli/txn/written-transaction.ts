/** A word of a condition or an operation; bytes that are not text come in JSON alone. */
export type Word = string | Uint8Array;

/** One condition, or one operation that is no transaction, as it was written. */
export interface Statement {
  readonly kind: 'statement';
  /** At least one. */
  readonly words: readonly Word[];
  /** For errors: `line 3`, or `then[2]` in JSON. */
  readonly place: string;
}

/** A transaction within another. */
export interface Nested {
  readonly kind: 'nested';
  readonly transaction: WrittenTransaction;
}

export interface WrittenTransaction {
  readonly if: readonly Statement[];
  readonly then: readonly (Statement | Nested)[];
  readonly else: readonly (Statement | Nested)[];
}
