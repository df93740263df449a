/** What was done in each second. */
export class Seconds {
  readonly #counts: number[] = [];

  /** Something was done so long after the beginning; before it, it does not count. */
  count(afterMs: number): void {
    const second = Math.floor(afterMs / 1_000);
    if (second < 0) return;
    while (this.#counts.length <= second) this.#counts.push(0);
    this.#counts[second] = (this.#counts[second] ?? 0) + 1;
  }

  /** Of the seconds but the last, which is not whole; undefined: they are too few for a median. */
  slowestToMedian(): number | undefined {
    const whole = this.#counts.slice(0, -1).sort((a, b) => a - b);
    const median = whole[whole.length >> 1];
    if (whole.length < 3 || median === undefined || median === 0) return undefined;
    return (whole[0] ?? 0) / median;
  }
}
