import { Interner } from './interner.ts';

/** Every set of messages that was ever under way from one node to another, by number. */
export class OutboxBook {
  readonly #outboxes = new Interner<readonly number[]>();

  constructor() {
    this.#outboxes.number('', () => []);
  }

  /** The number of the set without any. */
  get empty(): number {
    return 0;
  }

  messages(outbox: number): readonly number[] {
    return this.#outboxes.thing(outbox);
  }

  with(outbox: number, message: number): number {
    const before = this.messages(outbox);
    return before.includes(message) ? outbox : this.#intern([...before, message].sort((a, b) => a - b));
  }

  filter(outbox: number, keeps: (message: number) => boolean): number {
    const before = this.messages(outbox);
    const after = before.filter(keeps);
    return after.length === before.length ? outbox : this.#intern(after);
  }

  #intern(messages: readonly number[]): number {
    return this.#outboxes.number(messages.join(' '), () => messages);
  }
}
