/** Where the time of a write goes at this node, beside its journal. */
export type WriteStage = 'queue' | 'quorum' | 'apply' | 'reply';

/** What one turn of the replica was like. */
export interface Turn {
  /** Since the first of its inputs arrived. */
  readonly waitedMs: number;
  readonly startMs: number;
  readonly endMs: number;
}

/** How far the log is at the end of a turn. */
export interface LogPosition {
  readonly proposedThrough: number;
  readonly chosenThrough: number;
  readonly appliedSlot: number;
}

/**
 * Tells the stages of writes apart by what each turn did to the log, so that the replica itself needs no clock: `queue`, until the
 * turn that took the input began; `quorum`, from proposing a slot until it was known to be chosen: network, and the disks of others or
 * the own one; `apply`, the turns in which slots took effect.
 */
export class WriteStages {
  readonly #observe: (stage: WriteStage, durationMs: number) => void;
  /** The last slot of each turn that proposed, and when it did. */
  #proposed: { readonly through: number; readonly atMs: number }[] = [];
  #last: LogPosition = { proposedThrough: 0, chosenThrough: 0, appliedSlot: 0 };

  constructor(observe: (stage: WriteStage, durationMs: number) => void) {
    this.#observe = observe;
  }

  onTurn({ waitedMs, startMs, endMs }: Turn, position: LogPosition): void {
    const last = this.#last;
    this.#last = position;
    // A leader that was deposed does not wait for what it proposed.
    if (position.proposedThrough < last.proposedThrough) this.#proposed = [];
    if (position.proposedThrough > Math.max(last.proposedThrough, position.chosenThrough)) {
      this.#proposed.push({ through: position.proposedThrough, atMs: startMs });
      this.#observe('queue', waitedMs);
    }
    let chosen = 0;
    for (const { through, atMs } of this.#proposed) {
      if (through > position.chosenThrough) break;
      this.#observe('quorum', startMs - atMs);
      chosen += 1;
    }
    if (chosen > 0) this.#proposed.splice(0, chosen);
    if (position.appliedSlot > last.appliedSlot) this.#observe('apply', endMs - startMs);
  }
}
