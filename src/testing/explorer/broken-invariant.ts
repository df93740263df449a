/** A broken promise of the protocol, found in an explored state. `invariant` is a stable name. */
export class BrokenInvariant extends Error {
  readonly invariant: string;
  readonly detail: string;

  constructor(invariant: string, detail: string) {
    super(`${invariant}: ${detail}`);
    this.name = 'BrokenInvariant';
    this.invariant = invariant;
    this.detail = detail;
  }
}

export function broken(invariant: string, detail: string): never {
  throw new BrokenInvariant(invariant, detail);
}
