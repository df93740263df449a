/** Cuts and restores something by turns until it is stopped; it is restored then. */
export class Flapping implements Disposable {
  readonly #restore: () => void;
  readonly #cut: () => void;
  readonly #everyMs: number;
  #timer: NodeJS.Timeout | undefined;
  #cuts = 0;

  /** @param everyMs how long each state lasts */
  constructor(cut: () => void, restore: () => void, everyMs: number) {
    this.#cut = cut;
    this.#restore = restore;
    this.#everyMs = everyMs;
    this.#goDown();
  }

  /** How often it has been cut. */
  get cuts(): number {
    return this.#cuts;
  }

  stop(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#restore();
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  #goDown(): void {
    this.#cut();
    this.#cuts += 1;
    this.#timer = setTimeout(() => this.#goUp(), this.#everyMs);
  }

  #goUp(): void {
    this.#restore();
    this.#timer = setTimeout(() => this.#goDown(), this.#everyMs);
  }
}
