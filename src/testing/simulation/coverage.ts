/** "Sometimes" markers: what a run has seen happen. A marker that stays at zero over many runs is a hole in the tests. */
export const coverageMarkers = [
  'operation acknowledged',
  'leader changed',
  'accept sent for a value adopted from a lower ballot',
  'hole filled with a no-op',
  'several operations in one slot',
  'accept arrived twice',
  'promise in parts',
  'slots read back from the journal',
  'crash',
  'crash lost an unwritten record',
  'crash kept a written record that was not reported',
  'crash between the effects of one turn',
  'all nodes crashed at once',
  'restart',
  'persist failed and the node halted',
  'pause longer than the lease',
  'pause between deciding and sending',
  'machine suspended',
  'partition: isolate one',
  'partition: isolate the leader',
  'leader stalled while isolated',
  'quorum restarted between leader and candidate',
  'partition: halves',
  'partition: one-way',
  'partition: bridge',
  'partition: flapping',
  'link slowed',
  'disk slowed',
  'message dropped',
  'message duplicated',
  'message replayed late',
  'stream reset',
  'leadership transfer asked for',
  'client switched nodes',
  'command sent again after a break',
  'command answered from the remembered result',
  'command refused before queueing',
  'session opened',
  'session expired',
  'session lost by the client',
  'session closed',
  'orphan session',
  'keep-alive answered',
  'lock granted at once',
  'lock granted after waiting',
  'lock grant found again after a break',
  'lock wait cancelled',
  'lock cancel met the grant',
  'lock lost with its session',
  'lock waiter died',
  'fenced write accepted',
  'fenced write rejected',
  'transaction failed its condition',
  'watch event delivered',
  'watch resumed on another node',
  'watch started in the past',
  'linearizable read',
  'stale read',
  'read refused',
  'call failed by the SDK',
  'call aborted through the SDK',
  'lock held through the SDK',
  'clock drift at the bound',
  'liveness with a dead minority',
] as const;

export type CoverageMarker = (typeof coverageMarkers)[number];

export class Coverage {
  readonly #counts = new Map<CoverageMarker, number>();

  hit(marker: CoverageMarker, times = 1): void {
    this.#counts.set(marker, (this.#counts.get(marker) ?? 0) + times);
  }

  count(marker: CoverageMarker): number {
    return this.#counts.get(marker) ?? 0;
  }

  /** Every marker, also those never hit, in the order of the table. */
  entries(): [CoverageMarker, number][] {
    return coverageMarkers.map((marker) => [marker, this.count(marker)]);
  }

  add(entries: readonly (readonly [CoverageMarker, number])[]): void {
    for (const [marker, times] of entries) if (times > 0) this.hit(marker, times);
  }
}
