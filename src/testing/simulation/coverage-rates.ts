import { type CoverageMarker, coverageMarkers } from './coverage.ts';

/** A mark that is not listed below is hit at least once in so many runs. */
const usualRuns = 300;

/** About how many runs it takes to hit one of these once. */
const rareMarkers: Partial<Record<CoverageMarker, number>> = {
  // One run in 33 has clocks beyond their bound, and few of those break anything.
  'beyond the bound: two leases at once': 400,
  'beyond the bound: two holders of a lock': 4_000,
  'beyond the bound: stale read': 50_000,
  'damage met by a read, and the node halted': 1_000,
  'rolled-back node taken away before it could vote': 1_000,
  'beyond the bound: session expired early': 400,
  'beyond the bound: client knew last': 400,
  'beyond the budget: a promise was broken': 400,
};

/** After so many times the runs that it takes on average, a mark that was not hit is not a matter of luck: that has odds of e⁻¹⁰. */
const patience = 10;

/** Hit so rarely that many runs may well go without it. */
export function isRare(marker: CoverageMarker): boolean {
  return marker in rareMarkers;
}

/** Marks that were never hit. */
export function missingMarkers(hits: readonly (readonly [CoverageMarker, number])[]): CoverageMarker[] {
  const hit = new Set(hits.filter(([, times]) => times > 0).map(([marker]) => marker));
  return coverageMarkers.filter((marker) => !hit.has(marker));
}

/** Of those never hit, the ones that so many runs should have hit. */
export function overdueMarkers(hits: readonly (readonly [CoverageMarker, number])[], runs: number): CoverageMarker[] {
  return missingMarkers(hits).filter((marker) => runs >= patience * (rareMarkers[marker] ?? usualRuns));
}
