import type { ReplicaEffect } from '../../replica/effect.ts';
import type { Instant, ReplicaInput } from '../../replica/input.ts';
import type { ConfigOverrides } from './config.ts';
import type { SimulatedNode } from './world/node.ts';
import { createRealReplica, RealReplica, type ReplicaFactory, type ReplicaSetup } from './world/replica-adapter.ts';

export interface PlantedBug {
  readonly name: string;
  readonly meaning: string;
  /** Where to look for it; elsewhere it is found too, but later. */
  readonly focus?: ConfigOverrides;
  /** There it is found within so many seeds. */
  readonly withinSeeds: number;
  readonly createReplica: ReplicaFactory;
  /** Changes shared classes; called before a run, and the function that it returns after it. */
  readonly install?: () => () => void;
}

/** Where a mutant can interfere with one replica. */
export interface Interference {
  /** What the replica gets instead of the input. */
  readonly input?: (input: ReplicaInput, context: MutantContext) => readonly ReplicaInput[];
  /** The clocks that it is shown. */
  readonly instant?: (instant: Instant, input: ReplicaInput, context: MutantContext) => Instant;
  /** Called with what a step wants done, which it may change; more inputs may be given at once. */
  readonly effects?: (effects: ReplicaEffect[], context: MutantContext) => readonly ReplicaInput[];
}

export interface MutantContext {
  readonly node: SimulatedNode;
  readonly setup: ReplicaSetup;
  readonly replica: RealReplica['replica'];
}

/** A real replica of which every input, clock reading and effect passes through the mutation. */
class MutantReplica extends RealReplica {
  readonly #interference: Interference;
  readonly #context: MutantContext;

  constructor(real: RealReplica, node: SimulatedNode, setup: ReplicaSetup, interference: Interference) {
    super(real.replica);
    this.#interference = interference;
    this.#context = { node, setup, replica: real.replica };
  }

  override step(input: ReplicaInput, instant: Instant, effects: ReplicaEffect[]): void {
    const { input: change, instant: shift, effects: inspect } = this.#interference;
    const shown = shift?.(instant, input, this.#context) ?? instant;
    let inputs = change?.(input, this.#context) ?? [input];
    while (inputs.length > 0) {
      const wanted: ReplicaEffect[] = [];
      for (const one of inputs) super.step(one, shown, wanted);
      inputs = inspect?.(wanted, this.#context) ?? [];
      effects.push(...wanted);
    }
  }
}

/** Plants the interference that is made for each boot of each replica; that may keep state, and may patch the replica. */
export function mutant(interferenceFor: (context: MutantContext) => Interference): ReplicaFactory {
  return (node, setup, randomSeed) => {
    const real = createRealReplica(node, setup, randomSeed) as RealReplica;
    return new MutantReplica(real, node, setup, interferenceFor({ node, setup, replica: real.replica }));
  };
}

/** Replaces a method or a getter of one object. */
export function replace<T extends object, K extends keyof T>(target: T, key: K, make: (original: T[K]) => T[K]): void {
  const original = target[key];
  const bound = typeof original === 'function' ? (original.bind(target) as T[K]) : original;
  Object.defineProperty(target, key, { value: make(bound), configurable: true, writable: true });
}

/** Replaces a getter of one object by one that computes from the original. */
export function replaceGetter<T extends object, K extends keyof T>(
  target: T,
  key: K,
  make: (read: () => T[K]) => T[K],
): void {
  let holder: object | null = target;
  let getter: (() => T[K]) | undefined;
  while (holder !== null && getter === undefined) {
    getter = Object.getOwnPropertyDescriptor(holder, key)?.get as (() => T[K]) | undefined;
    holder = Object.getPrototypeOf(holder) as object | null;
  }
  const original = getter;
  if (original === undefined) throw new TypeError(`no getter ${String(key)}`);
  Object.defineProperty(target, key, { get: () => make(() => original.call(target)), configurable: true });
}
