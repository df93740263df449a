import { ConfigurationCache } from './configuration-cache.ts';
import { EntryList } from './entry-list.ts';
import type { Model, TimedOperation, Verdict, Violation } from './model.ts';

const noOperation = -1;

/**
 * Is there an order of the operations on one object that the model allows and that respects real time? The search of Wing and Gong
 * ("Testing and verifying concurrent objects", 1993) with the memoization of Lowe ("Testing for linearizability", 2017), in the form
 * that Horn and Kroening gave it ("Faster linearizability checking via P-compositionality", 2015).
 *
 * Besides, some rules that keep it short without changing its verdict:
 * - A read that may come next comes next: wherever else it could stand, it can as well stand here, so that nothing else needs to be
 *   tried if that fails.
 * - A configuration is given up if one of the operations that have to come soon can come no more.
 * - Operations that were never answered are tried last, and only where they change the state: the order is complete as soon as all
 *   that were answered have a place. So the fewer of them have been used, the better: if nothing came of a state with few of them
 *   used, nothing comes of the same with more.
 *
 * The general problem is NP-complete: after `stepLimit` steps of the model the verdict is `undecided`.
 */
export function searchOrder<State, Operation>(
  operations: readonly TimedOperation<Operation>[],
  model: Model<State, Operation>,
  stepLimit = 1_000_000,
): Verdict<Operation> {
  return new Search(operations, model, stepLimit).run();
}

/** A place in the order that is being tried. */
interface Frame<State> {
  readonly operation: number;
  readonly stateBefore: State;
  /** A read: nothing else needs to be tried in its place. */
  readonly read: boolean;
}

class Search<State, Operation> {
  readonly #model: Model<State, Operation>;
  readonly #stepLimit: number;
  /** Those with an answer, in the order of their starts, then those without, in the order of theirs. */
  readonly #operations: readonly TimedOperation<Operation>[];
  readonly #answered: number;
  readonly #list: EntryList;
  readonly #cache: ConfigurationCache;
  readonly #stateNumbers = new Map<number | string, number>();
  /** Of each operation without an answer: the one of its group that must have its place before, or `noOperation`. */
  readonly #groupBefore: Int32Array;
  readonly #frames: Frame<State>[] = [];
  #state: State;
  #answeredPlaced = 0;
  #steps = 0;
  #farthest = -1;
  #farthestOrder: number[] = [];
  #unplaced = noOperation;

  constructor(operations: readonly TimedOperation<Operation>[], model: Model<State, Operation>, stepLimit: number) {
    this.#model = model;
    this.#stepLimit = stepLimit;
    this.#state = model.initial;
    const answered = operations.filter(({ end }) => end !== Number.POSITIVE_INFINITY).sort(byStart);
    const unanswered = operations.filter(({ end }) => end === Number.POSITIVE_INFINITY).sort(byStart);
    this.#operations = [...answered, ...unanswered];
    this.#answered = answered.length;
    this.#list = new EntryList(answered);
    this.#cache = new ConfigurationCache(answered.length, unanswered.length);
    this.#groupBefore = groupsOf(unanswered, answered.length);
  }

  run(): Verdict<Operation> {
    let tried = noOperation;
    while (this.#answeredPlaced < this.#answered) {
      if (this.#steps > this.#stepLimit) return { verdict: 'undecided', steps: this.#steps };
      // A new configuration, or the next attempt in one to which the search has come back.
      const placed = tried === noOperation ? this.#placeRead() || this.#placeNext(tried) : this.#placeNext(tried);
      if (placed) {
        tried = noOperation;
        continue;
      }
      tried = this.#takeBack();
      if (tried === noOperation) return this.#violation();
    }
    return { verdict: 'ok', steps: this.#steps };
  }

  #placeRead(): boolean {
    const list = this.#list;
    const key = this.#model.keyOf(this.#state);
    for (let entry = list.first; list.isCall(entry); entry = list.after(entry)) {
      if (!this.#model.isRead(this.#at(entry).operation)) continue;
      const next = this.#step(entry);
      if (next === undefined || this.#model.keyOf(next) !== key) continue;
      this.#place(entry, this.#state, true);
      return true;
    }
    return false;
  }

  /** Of those that may come next, the first after the given one that leads to something new. */
  #placeNext(tried: number): boolean {
    const list = this.#list;
    let unanswered = this.#answered;
    if (tried < this.#answered) {
      let entry = tried === noOperation ? list.first : list.after(tried);
      for (; list.isCall(entry); entry = list.after(entry)) {
        if (this.#tryPlace(entry)) return true;
      }
    } else {
      unanswered = tried + 1;
    }
    const returning = list.firstToReturn;
    const { end } = this.#at(returning);
    for (; unanswered < this.#operations.length && this.#at(unanswered).start <= end; unanswered++) {
      if (this.#mayTakeEffect(unanswered) && this.#tryPlace(unanswered)) return true;
    }
    this.#noteStuckAt(returning);
    return false;
  }

  #mayTakeEffect(operation: number): boolean {
    if (this.#cache.has(operation)) return false;
    const before = this.#groupBefore[operation - this.#answered] as number;
    return before === noOperation || this.#cache.has(before);
  }

  #tryPlace(operation: number): boolean {
    const next = this.#step(operation);
    if (next === undefined) return false;
    if (operation >= this.#answered && this.#model.keyOf(next) === this.#model.keyOf(this.#state)) return false;
    if (this.#leavesBehind(operation, next)) return false;
    this.#cache.add(operation);
    const isNew = this.#cache.remember(this.#numberOf(next));
    this.#cache.remove(operation);
    if (isNew) this.#place(operation, next, false);
    return isNew;
  }

  /** Would one of the others that have to come before the first return be too late? */
  #leavesBehind(operation: number, next: State): boolean {
    const model = this.#model;
    if (model.isTooLate === undefined) return false;
    const list = this.#list;
    for (let entry = list.first; list.isCall(entry); entry = list.after(entry)) {
      if (entry !== operation && model.isTooLate(next, this.#at(entry).operation)) return true;
    }
    return false;
  }

  #place(operation: number, state: State, read: boolean): void {
    this.#frames.push({ operation, stateBefore: this.#state, read });
    this.#state = state;
    this.#cache.add(operation);
    if (operation >= this.#answered) return;
    this.#list.lift(operation);
    this.#answeredPlaced += 1;
  }

  /** Back to the last place where something else may be tried; returns what was tried there, or `noOperation` if there is none. */
  #takeBack(): number {
    for (let frame = this.#frames.pop(); frame !== undefined; frame = this.#frames.pop()) {
      const { operation, stateBefore, read } = frame;
      this.#state = stateBefore;
      this.#cache.remove(operation);
      if (operation < this.#answered) {
        this.#list.unlift(operation);
        this.#answeredPlaced -= 1;
      }
      if (!read) return operation;
    }
    return noOperation;
  }

  #step(operation: number): State | undefined {
    this.#steps += 1;
    return this.#model.step(this.#state, this.#at(operation).operation);
  }

  #numberOf(state: State): number {
    const key = this.#model.keyOf(state);
    const known = this.#stateNumbers.get(key);
    if (known !== undefined) return known;
    const number = this.#stateNumbers.size;
    this.#stateNumbers.set(key, number);
    return number;
  }

  #noteStuckAt(operation: number): void {
    const place = this.#list.placeOfReturn(operation);
    if (place < this.#farthest) return;
    if (place === this.#farthest && this.#frames.length <= this.#farthestOrder.length) return;
    this.#farthest = place;
    this.#unplaced = operation;
    this.#farthestOrder = this.#frames.map((frame) => frame.operation);
  }

  #violation(): Violation<Operation> {
    const order = this.#farthestOrder.map((operation) => this.#at(operation));
    return { verdict: 'violation', steps: this.#steps, order, unplaced: this.#at(this.#unplaced) };
  }

  #at(operation: number): TimedOperation<Operation> {
    return this.#operations[operation] as TimedOperation<Operation>;
  }
}

function byStart(a: TimedOperation<unknown>, b: TimedOperation<unknown>): number {
  return a.start - b.start;
}

function groupsOf(unanswered: readonly TimedOperation<unknown>[], first: number): Int32Array {
  const before = new Int32Array(unanswered.length).fill(noOperation);
  const last = new Map<string, number>();
  for (const [at, { group }] of unanswered.entries()) {
    if (group === undefined) continue;
    before[at] = last.get(group) ?? noOperation;
    last.set(group, first + at);
  }
  return before;
}
