import type { CommandBody } from '../../wire/operation.ts';
import type { ResultBody } from '../../wire/result.ts';
import { refusal, type Version, valueAt } from './reference-log.ts';
import { growthOfCounter } from './reference-sizes.ts';

export type CounterCommand = Extract<CommandBody, { readonly kind: 'counterAdd' | 'counterCompareAndSet' }>;

/** The counters of the reference model, with all their values. */
export class ReferenceCounters {
  readonly #versions = new Map<string, Version<bigint>[]>();

  names(): Iterable<string> {
    return this.#versions.keys();
  }

  at(name: string, revision: number): bigint {
    return valueAt(this.#versions.get(name), revision) ?? 0n;
  }

  current(name: string): bigint {
    return this.#versions.get(name)?.at(-1)?.value ?? 0n;
  }

  compare(name: string, value: bigint): number {
    const current = this.current(name);
    return current < value ? -1 : Number(current > value);
  }

  /** `admits`: whether there is room for so many bytes more. `advance`: begins the revision in which it is set. */
  execute(body: CounterCommand, admits: (growth: number) => boolean, advance: () => number): ResultBody {
    const value = this.current(body.name);
    if (body.kind === 'counterAdd') {
      const last = value + BigInt(body.count);
      if (last >= 2n ** 63n) return refusal('COUNTER_OVERFLOW');
      if (!admits(growthOfCounter(body.name, value, last))) return refusal('QUOTA_EXCEEDED');
      this.#set(body.name, last, advance());
      return { kind: 'counterBlock', first: value + 1n, last };
    }
    const swapped = value === body.expected;
    if (swapped && body.value !== body.expected) {
      if (!admits(growthOfCounter(body.name, value, body.value))) return refusal('QUOTA_EXCEEDED');
      this.#set(body.name, body.value, advance());
    }
    return { kind: 'counterSwapped', swapped };
  }

  #set(name: string, value: bigint, revision: number): void {
    const versions = this.#versions.get(name) ?? [];
    versions.push({ revision, value });
    this.#versions.set(name, versions);
  }
}
