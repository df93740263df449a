/** The generator's whole state: an integer of 32 bits. */
export interface RandomState {
  random: number;
}

/** A number from [0, 1). Mulberry32: small, seeded, good enough to keep candidates out of step. */
export function nextRandom(state: RandomState): number {
  state.random = (state.random + 0x6d2b79f5) | 0;
  let mixed = state.random;
  mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
}

/** A number from [low, high). */
export function randomBetween(state: RandomState, low: number, high: number): number {
  return low + (high - low) * nextRandom(state);
}
