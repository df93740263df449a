import type { Counter } from '../../client/index.ts';
import { withClient } from '../cluster-client.ts';
import type { CommonOptions } from '../common-options.ts';
import type { CommandContext } from '../context.ts';
import { exitCodes } from '../exit-code.ts';
import { CommandFailure } from '../failure.ts';
import { writeJson, writeLine, writeMessage } from '../output.ts';

/** So many others may draw between a look at a counter and its setting. */
const settingAttempts = 64;

export async function nextNumber(context: CommandContext, name: string, options: CommonOptions): Promise<number> {
  const value = await firstCallTo(context, name, options, (counter, timeoutMs) => counter.next({ timeoutMs }));
  return await printValue(context, name, value, options);
}

export async function nextBlock(
  context: CommandContext,
  name: string,
  count: number,
  options: CommonOptions,
): Promise<number> {
  const { first, last } = await firstCallTo(context, name, options, (counter, timeoutMs) =>
    counter.nextBlock(count, { timeoutMs }),
  );
  if (options.json) await writeJson(context.stdout, { name, first: String(first), last: String(last) });
  else await writeLine(context.stdout, `${first} ${last}`);
  return exitCodes.success;
}

export async function getCounter(context: CommandContext, name: string, options: CommonOptions): Promise<number> {
  const value = await firstCallTo(context, name, options, (counter, timeoutMs) => counter.get({ timeoutMs }));
  return await printValue(context, name, value, options);
}

/** Whoever draws meanwhile makes it no less a number that is set. @throws CommandFailure CONFLICT */
export async function setCounter(
  context: CommandContext,
  name: string,
  value: bigint,
  options: CommonOptions,
): Promise<number> {
  const previous = await withClient(context, options, async (client, firstCall) => {
    const counter = client.counter(name);
    let expected = await firstCall((timeoutMs) => counter.get({ timeoutMs }));
    const { timeoutMs } = options;
    for (let attempt = 1; attempt <= settingAttempts; attempt += 1) {
      if (await counter.compareAndSet(expected, value, { timeoutMs })) return expected;
      expected = await counter.get({ timeoutMs });
    }
    throw new CommandFailure(
      'CONFLICT',
      `${name} was changed by others in each of ${settingAttempts} attempts to set it`,
    );
  });
  if (options.json) {
    await writeJson(context.stdout, { name, value: String(value), previous: String(previous) });
  }
  return exitCodes.success;
}

export async function compareAndSetCounter(
  context: CommandContext,
  name: string,
  expected: bigint,
  value: bigint,
  options: CommonOptions,
): Promise<number> {
  const set = await firstCallTo(context, name, options, (counter, timeoutMs) =>
    counter.compareAndSet(expected, value, { timeoutMs }),
  );
  if (options.json) await writeJson(context.stdout, { name, set });
  else if (!set) await writeMessage(context.stderr, `conclave: not set: ${name} is not ${expected}`);
  return set ? exitCodes.success : exitCodes.failure;
}

function firstCallTo<T>(
  context: CommandContext,
  name: string,
  options: CommonOptions,
  call: (counter: Counter, timeoutMs: number) => Promise<T>,
): Promise<T> {
  return withClient(context, options, (client, firstCall) =>
    firstCall((timeoutMs) => call(client.counter(name), timeoutMs)),
  );
}

async function printValue(
  { stdout }: CommandContext,
  name: string,
  value: bigint,
  { json }: CommonOptions,
): Promise<number> {
  if (json) await writeJson(stdout, { name, value: String(value) });
  else await writeLine(stdout, String(value));
  return exitCodes.success;
}
