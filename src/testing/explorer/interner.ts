import { createHash } from 'node:crypto';

/**
 * Gives things small numbers: equal ones, which have equal texts, the same number. Long texts are remembered by the first 128 bits of
 * their SHA-256: that two of a million differ and are taken for equal has a chance of 10^-27.
 */
export class Interner<Thing> {
  readonly #numbers = new Map<string, number>();
  readonly #things: Thing[] = [];

  get size(): number {
    return this.#things.length;
  }

  /** `make` is called if the text is new. */
  number(text: string, make: () => Thing): number {
    const key = text.length <= 32 ? text : createHash('sha256').update(text).digest('base64').slice(0, 22);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#things.length;
    this.#numbers.set(key, number);
    this.#things.push(make());
    return number;
  }

  thing(number: number): Thing {
    const thing = this.#things[number];
    if (thing === undefined) throw new RangeError(`nothing has the number ${number}`);
    return thing;
  }
}
