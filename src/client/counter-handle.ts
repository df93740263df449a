import type { Result } from '../wire/result.ts';
import { bigintOf, callLimits, consistencyOf, nameOf, wholeNumber } from './arguments.ts';
import type { ProgramCommand } from './core/input.ts';
import type { Driver } from './driver.ts';
import { invalidArgument } from './error.ts';
import { unexpected } from './transaction.ts';
import type { CallOptions, Counter, ReadOptions } from './types.ts';

export class CounterHandle implements Counter {
  readonly #driver: Driver;
  readonly #name: string;

  constructor(driver: Driver, name: string) {
    this.#driver = driver;
    this.#name = name;
  }

  async next(options?: CallOptions): Promise<bigint> {
    return (await this.#add(1, options)).first;
  }

  async nextBlock(count: number, options?: CallOptions): Promise<{ readonly first: bigint; readonly last: bigint }> {
    return await this.#add(wholeNumber(count, 'count', 1), options);
  }

  async get(options?: ReadOptions): Promise<bigint> {
    const name = nameOf(this.#name, 'the name of a counter');
    if (options?.revision !== undefined)
      throw invalidArgument('a counter has no history: it cannot be read at a revision');
    const body = { kind: 'counterGet', name, consistency: consistencyOf(options) } as const;
    const { result } = await this.#driver.call<'result'>({ kind: 'read', body }, callLimits(options));
    if (result.body.kind !== 'counterValue') throw unexpected('the value of a counter', result.body.kind);
    return result.body.value;
  }

  async compareAndSet(expected: bigint, value: bigint, options?: CallOptions): Promise<boolean> {
    const name = nameOf(this.#name, 'the name of a counter');
    const { body } = await this.#command(
      {
        kind: 'counterCompareAndSet',
        name,
        expected: bigintOf(expected, 'expected'),
        value: bigintOf(value, 'value'),
      },
      options,
    );
    if (body.kind !== 'counterSwapped') throw unexpected('a comparison of a counter', body.kind);
    return body.swapped;
  }

  async #add(count: number, options: CallOptions | undefined) {
    const name = nameOf(this.#name, 'the name of a counter');
    const { body } = await this.#command({ kind: 'counterAdd', name, count }, options);
    if (body.kind !== 'counterBlock') throw unexpected('values of a counter', body.kind);
    return { first: body.first, last: body.last };
  }

  async #command(body: ProgramCommand, options: CallOptions | undefined): Promise<Result> {
    const { result } = await this.#driver.call<'result'>({ kind: 'command', body }, callLimits(options));
    return result;
  }
}
