/** A broken promise of the product, found in a simulated run. `invariant` is a stable name. */
export class SimulationViolation extends Error {
  readonly invariant: string;
  readonly detail: string;

  constructor(invariant: string, detail: string) {
    super(`${invariant}: ${detail}`);
    this.name = 'SimulationViolation';
    this.invariant = invariant;
    this.detail = detail;
  }
}

export function violated(invariant: string, detail: string): never {
  throw new SimulationViolation(invariant, detail);
}
