import { BrokenInvariant } from './broken-invariant.ts';
import { checkLedgers } from './cluster-invariants.ts';
import { campaignInput, inputs } from './input.ts';
import type { Marker } from './markers.ts';
import { nodeIds } from './members.ts';
import { breaks, NodeGraph, type Steps } from './node-graph.ts';
import type { Scope } from './scope.ts';
import { StateTable, type Triple } from './state-table.ts';

/** A step of a node, or of time for all of them (`node` undefined). */
export interface Action {
  readonly node: number | undefined;
  readonly input: number;
}

export interface Violation {
  readonly invariant: string;
  readonly detail: string;
  /** The state in which the last action is done. */
  readonly state: number;
  readonly action: Action;
}

/** When to give up. */
export interface Limits {
  readonly states: number;
  readonly elapsedMs: number;
}

export interface Progress {
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
}

/** A constant of this file, because a look at another module's costs more than a step of the search. */
const nodeCount = 3;

const noLimits: Limits = { states: Number.POSITIVE_INFINITY, elapsedMs: Number.POSITIVE_INFINITY };

/** How many states are expanded between two looks at the clock. */
const slice = 8192;

/** Breadth first, so that the first violation found has one of the shortest traces. */
export class Search {
  readonly scope: Scope;
  readonly graph: NodeGraph;
  readonly table = new StateTable();
  /** Steps to states, new or not. */
  transitions = 0;
  /** Of the state that is expanded. */
  depth = 0;
  violation: Violation | undefined;
  readonly #reached = new Set<Marker>();
  readonly #checked = new StateTable();
  #expanded = 0;
  /** The first state that is one step deeper. */
  #levelEnd = 1;
  readonly #now = [0, 0, 0];
  readonly #then = [0, 0, 0];
  /** In the state that is expanded. */
  #mayCrash = false;
  /** Of the step that is being made. */
  #input = 0;
  /** Steps are only compared with it, not made. */
  #sought: Triple | undefined;
  #found: Action | undefined;
  readonly reduces: boolean;

  /** `reduces`: forgets messages that cannot matter any more. Without, the same is found, among many more states. */
  constructor(scope: Scope, reduces = true) {
    this.scope = scope;
    this.reduces = reduces;
    this.graph = new NodeGraph(scope);
    this.table.add(this.graph.start(0), this.graph.start(1), this.graph.start(2), 0);
    if (scope.start === 'led') this.#lead();
  }

  /** The states on the way become the first of the table, and the last of them is where the search begins. */
  #lead(): void {
    this.#look(0);
    this.#follow(0, 0, [campaignInput(1), this.graph.next(this.#now[0] as number, campaignInput(1))]);
    let led = 0;
    while (this.violation === undefined && led < this.table.size - 1) {
      led = this.table.size - 1;
      this.#settleOne(led);
    }
    this.#expanded = led;
    this.#levelEnd = this.table.size;
  }

  /** Makes the first step to a new state that is the arrival of a message, or of a record on the disk. */
  #settleOne(state: number): void {
    const { graph, table } = this;
    this.#look(state);
    for (let node = 0; node < nodeCount; node++) {
      const number = this.#now[node] as number;
      const steps: number[] = [inputs.persisted, graph.next(number, inputs.persisted)];
      for (let from = 0; from < nodeCount; from++) {
        if (from !== node) steps.push(...graph.arrivalSteps(number, graph.outbox(this.#now[from] as number, node)));
      }
      for (let at = 0; at < steps.length && table.size === state + 1 && this.violation === undefined; at += 2) {
        this.#follow(state, node, steps.slice(at, at + 2));
      }
    }
  }

  /** Every state within the scope was visited, and none is broken. */
  get exhausted(): boolean {
    return this.violation === undefined && this.#expanded === this.table.size;
  }

  get reached(): ReadonlySet<Marker> {
    return new Set([...this.graph.reached, ...this.#reached]);
  }

  /** `elapsedMs` tells the time since the search began; `onProgress` is called now and then. */
  run(limits: Limits = noLimits, elapsedMs: () => number = () => 0, onProgress?: (progress: Progress) => void): void {
    while (this.violation === undefined && this.#expanded < this.table.size) {
      this.#expandSome(limits.states);
      onProgress?.({ states: this.table.size, transitions: this.transitions, depth: this.depth });
      if (this.table.size >= limits.states || elapsedMs() >= limits.elapsedMs) return;
    }
  }

  #expandSome(maxStates: number): void {
    const end = this.#expanded + slice;
    while (this.#expanded < end && this.#expanded < this.table.size && this.table.size < maxStates) {
      if (this.#expanded === this.#levelEnd) {
        this.depth += 1;
        this.#levelEnd = this.table.size;
      }
      this.#expand(this.#expanded);
      if (this.violation !== undefined) return;
      this.#expanded += 1;
    }
  }

  #expand(state: number): void {
    const { graph, scope } = this;
    const nodes = this.#now;
    this.#look(state);
    let proposals = 0;
    for (let node = 0; node < nodeCount; node++) proposals += graph.node(nodes[node] as number).proposals;
    for (let node = 0; node < nodeCount; node++) {
      const number = nodes[node] as number;
      this.#follow(state, node, graph.ownSteps(number));
      if (proposals < scope.proposals) this.#follow(state, node, graph.proposeStep(number));
      for (let from = 0; from < nodeCount; from++) {
        if (from === node) continue;
        const outbox = graph.outbox(nodes[from] as number, node);
        if (outbox !== 0) this.#follow(state, node, graph.arrivalSteps(number, outbox));
      }
      if (this.#mayCrash) this.#crash(state, node, number);
    }
    if (scope.time !== undefined) this.#passTime(state);
  }

  /** Steps are made from this state on. */
  #look(state: number): void {
    let crashes = 0;
    for (let node = 0; node < nodeCount; node++) {
      const number = this.table.node(state, node);
      this.#now[node] = number;
      crashes += this.graph.crashes(number);
    }
    this.#mayCrash = crashes < this.scope.crashes;
  }

  #follow(state: number, node: number, steps: Steps): void {
    for (let at = 0; at < steps.length; at += 2) {
      const next = steps[at + 1] as number;
      if (next === breaks) {
        this.#breakBy(state, node, steps[at] as number);
        return;
      }
      this.#visit(state, node, steps[at] as number, next);
    }
  }

  #crash(state: number, node: number, number: number): void {
    const next = this.graph.next(number, inputs.crash);
    if (next === breaks) this.#breakBy(state, node, inputs.crash);
    else this.#visit(state, node, inputs.crash, next);
  }

  /** One node has moved. */
  #visit(state: number, moved: number, input: number, next: number): void {
    const then = this.#then;
    this.#input = input;
    for (let node = 0; node < nodeCount; node++) then[node] = this.#now[node] as number;
    then[moved] = next;
    this.#arrive(state, moved);
  }

  #passTime(state: number): void {
    const { graph } = this;
    for (let node = 0; node < nodeCount; node++) {
      const number = this.#now[node] as number;
      const next = graph.next(number, inputs.timePasses);
      if (next === breaks) {
        this.#breakBy(state, node, inputs.timePasses);
        return;
      }
      if (next === number) return;
      this.#then[node] = next;
    }
    this.#input = inputs.timePasses;
    this.#arrive(state, undefined);
  }

  /** `then` is a successor of the state; `moved`: the only node that has changed. */
  #arrive(state: number, moved: number | undefined): void {
    const { graph } = this;
    const then = this.#then;
    this.transitions += 1;
    if (moved !== undefined) {
      const next = then[moved] as number;
      if (graph.publicLedger(next) !== graph.publicLedger(this.#now[moved] as number) && !this.#check(state, moved))
        return;
      then[moved] = graph.settled(next);
    }
    const [first, second, third] = then as unknown as Triple;
    const crashes = graph.crashes(first) + graph.crashes(second) + graph.crashes(third);
    const mayCrash = crashes < this.scope.crashes;
    // The last crash lets all pairs forget more; else only pairs with the node that moved have changed.
    const movedOne = mayCrash === this.#mayCrash ? moved : undefined;
    if (this.reduces) this.#prune(mayCrash, movedOne);
    if (this.#sought !== undefined) {
      if (this.#sought.every((number, node) => number === then[node]))
        this.#found ??= { node: moved, input: this.#input };
      return;
    }
    const isNew = this.table.add(then[0] as number, then[1] as number, then[2] as number, state);
    if (isNew && this.scope.time !== undefined) this.#checkLeases(state, moved);
  }

  #prune(mayCrash: boolean, moved: number | undefined): void {
    const { graph } = this;
    const then = this.#then;
    for (let from = 0; from < nodeCount; from++) {
      for (let to = 0; to < nodeCount; to++) {
        if (from === to || (moved !== undefined && from !== moved && to !== moved)) continue;
        then[from] = graph.pruned(then[from] as number, then[to] as number, mayCrash);
      }
    }
  }

  #breakBy(state: number, node: number, input: number): void {
    const { graph } = this;
    const error = graph.brokenInvariants[graph.broken.get(this.#now[node] as number, input)];
    if (error === undefined) throw new RangeError('nothing is broken');
    this.#violate(error, state, { node, input });
  }

  /** Compares what the nodes of the successor have written and said. @returns whether nothing is broken */
  #check(state: number, moved: number): boolean {
    const { graph } = this;
    const [first, second, third] = this.#then.map((number) => graph.publicLedger(number)) as unknown as Triple;
    if (!this.#checked.add(first, second, third, 0)) return true;
    try {
      const found = checkLedgers([first, second, third].map((number) => graph.ledgers.shown(number)));
      for (const marker of found) this.#reached.add(marker);
      return true;
    } catch (error) {
      if (!(error instanceof BrokenInvariant)) throw error;
      this.#violate(error, state, { node: moved, input: this.#input });
      return false;
    }
  }

  /** 12. Two nodes never hold a lease at the same time. */
  #checkLeases(state: number, moved: number | undefined): void {
    const { graph } = this;
    const holders = nodeIds.filter((_, node) => graph.holdsLease(this.#then[node] as number));
    if (holders.length === 0) return;
    this.#reached.add('a leader holds a lease');
    const leaders = this.#then.filter((number) => graph.ledgers.shown(graph.publicLedger(number)).proposals.size > 0);
    if (leaders.length > 1) this.#reached.add('a leader holds a lease after another one led');
    if (holders.length === 1) return;
    const broken = new BrokenInvariant('one lease at a time', `${holders.join(' and ')} hold a lease`);
    this.#violate(broken, state, { node: moved, input: this.#input });
  }

  #violate({ invariant, detail }: BrokenInvariant, state: number, action: Action): void {
    this.violation ??= { invariant, detail, state, action };
  }

  /** What leads from the state that found it to a state. */
  actionInto(state: number): Action {
    this.#sought = this.table.triple(state);
    this.#found = undefined;
    this.#expand(this.table.parent(state));
    this.#sought = undefined;
    if (this.#found === undefined) throw new RangeError(`nothing leads into state ${state}`);
    return this.#found;
  }
}
