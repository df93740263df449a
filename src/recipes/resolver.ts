import type { View } from '../client/index.ts';
import type { Instance, PickedInstance, ResolveOptions, Resolver } from './directory-types.ts';
import { membersIn } from './group-members.ts';
import type { Member } from './group-types.ts';
import { Isolation, type IsolationSettings } from './isolation.ts';
import { Balancer, type Load, strategies } from './load-balancing.ts';
import { invalidArgument, wholeNumber } from './names.ts';
import { RecipeError } from './recipe-error.ts';

interface Target extends Load {
  readonly isolation: Isolation;
}

const timeHigh = 86_400_000;

export class ViewResolver implements Resolver {
  readonly #service: string;
  readonly #view: View;
  readonly #prefix: string;
  readonly #instanceOf: (member: Member) => Instance | undefined;
  readonly #settings: IsolationSettings;
  readonly #balancer: Balancer;
  readonly #clock: () => number;
  #targets: readonly Target[] = [];
  #targetsRevision = -1;

  constructor(
    service: string,
    view: View,
    prefix: string,
    instanceOf: (member: Member) => Instance | undefined,
    options: ResolveOptions,
  ) {
    const { failures = 3, isolationMs = 1_000, isolationMsHigh = 30_000, strategy = 'roundRobin' } = options;
    if (!strategies.includes(strategy)) throw invalidArgument(`a strategy is one of ${strategies.join(', ')}`);
    this.#settings = {
      failures: wholeNumber(failures, 'failures', 1, 1_000),
      isolationMs: wholeNumber(isolationMs, 'isolationMs', 1, timeHigh),
      isolationMsHigh: wholeNumber(isolationMsHigh, 'isolationMsHigh', 1, timeHigh),
    };
    this.#service = service;
    this.#view = view;
    this.#prefix = prefix;
    this.#instanceOf = instanceOf;
    this.#balancer = new Balancer(strategy, options.random ?? Math.random);
    this.#clock = options.clock ?? (() => performance.now());
  }

  get state(): View['state'] {
    return this.#view.state;
  }

  get instances(): readonly Instance[] {
    return this.#current().map(({ instance }) => instance);
  }

  get isolated(): readonly Instance[] {
    return this.#current().flatMap(({ instance, isolation }) => (isolation.isIsolated ? [instance] : []));
  }

  pick(): PickedInstance | undefined {
    return this.#pick('requests');
  }

  connect(): PickedInstance | undefined {
    return this.#pick('connections');
  }

  async call<T>(task: (instance: Instance) => T | PromiseLike<T>): Promise<T> {
    const picked = this.pick();
    if (picked === undefined) throw new RecipeError('NO_INSTANCE', `nobody is registered as '${this.#service}'`);
    try {
      const value = await task(picked.instance);
      picked.done('succeeded');
      return value;
    } catch (error) {
      picked.done('failed');
      throw error;
    }
  }

  async *changes(options?: { readonly signal?: AbortSignal | undefined }): AsyncIterable<readonly Instance[]> {
    const changes = this.#view.changes(options);
    yield this.instances;
    for await (const _ of changes) yield this.instances;
  }

  async close(): Promise<void> {
    await this.#view.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #pick(counted: 'requests' | 'connections'): PickedInstance | undefined {
    const nowMs = this.#clock();
    const all = this.#current();
    const ready = all.filter(({ isolation }) => isolation.isReady(nowMs));
    const target = this.#balancer.choose(ready.length > 0 ? ready : firstToBeTried(all)) as Target | undefined;
    if (target === undefined) return undefined;
    const isAttempt = target.isolation.begin(nowMs);
    target[counted] += 1;
    let isDone = false;
    const done: PickedInstance['done'] = (outcome) => {
      if (isDone) return;
      isDone = true;
      target[counted] -= 1;
      target.isolation.end(outcome, isAttempt, this.#clock());
    };
    return { instance: target.instance, done, [Symbol.dispose]: () => done('unknown') };
  }

  #current(): readonly Target[] {
    // Throws if the view is closed.
    void this.#view.size;
    const { revision } = this.#view;
    if (this.#targetsRevision === revision) return this.#targets;
    const members = membersIn(this.#view, this.#prefix);
    const known = new Map(this.#targets.map((target) => [target.instance.id, target]));
    this.#targets = members.flatMap((member) => {
      const instance = this.#instanceOf(member);
      return instance === undefined ? [] : [this.#targetOf(instance, known.get(instance.id))];
    });
    this.#targetsRevision = revision;
    return this.#targets;
  }

  /** Another run of a program, or another place, is not to blame for what the one before did. */
  #targetOf(instance: Instance, known: Target | undefined): Target {
    if (known?.instance.session === instance.session && known.instance.address === instance.address) {
      return Object.assign(known, { instance });
    }
    const isolation = new Isolation(this.#settings);
    return { instance, requests: 0, connections: 0, credit: 0, lastTurn: known?.lastTurn ?? 0, isolation };
  }
}

/** If all are isolated, something has to be tried all the same. */
function firstToBeTried(targets: readonly Target[]): readonly Target[] {
  const firstMs = Math.min(...targets.map(({ isolation }) => isolation.untilMs));
  return targets.filter(({ isolation }) => isolation.untilMs === firstMs);
}
