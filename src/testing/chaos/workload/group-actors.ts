import {
  accountMembers,
  accountsPrefix,
  accountValue,
  balanceOf,
  groupName,
  groupParts,
  initialBalance,
  pairMembers,
  pairPrefix,
} from '../history/workload-names.ts';
import { type ActorContext, callTimeoutMs, epoch, takeTurns } from './actor.ts';
import { KeyGroup } from './key-group.ts';

const pairEpochMs = 5_000;
const accountsEpochMs = 5_000;

/** Writes two keys together, and reads them together. */
export async function actOnPairs(context: ActorContext, meanThinkMs: number): Promise<void> {
  const { client, process, random, clock } = context;
  let seen: { readonly prefix: string; readonly value: string | null } = { prefix: '', value: null };
  await takeTurns(context, meanThinkMs, async () => {
    const prefix = `${pairPrefix}${epoch(clock, pairEpochMs)}/${random.between(1, 2)}`;
    const group = new KeyGroup(client, prefix, pairMembers);
    const key = groupName(prefix);
    const part = process.newValue();
    const parts = pairMembers.map(() => part);
    const value = parts.join(' ');
    const kind = random.weighted([
      ['range', 25],
      ['read', 20],
      ['write', 30],
      ['compareAndSet', 25],
    ]);
    if (kind === 'write') {
      await process.run(
        { op: 'put', key, value },
        () => group.write(parts, callTimeoutMs),
        () => ({}),
      );
      seen = { prefix, value };
    } else if (kind === 'compareAndSet') {
      const expected = seen.prefix === prefix ? seen.value : null;
      await process.run(
        { op: 'cas', key, expected, value },
        () => group.compareAndSet(expected === null ? null : groupParts(expected), parts, callTimeoutMs),
        ({ succeeded }) => ({ result: succeeded }),
      );
    } else {
      const result = await readGroup(context, group, kind === 'range');
      if (result !== undefined) seen = { prefix, value: result };
    }
  });
}

/** Moves amounts between accounts whose sum stays what it is. */
export async function actOnAccounts(context: ActorContext, meanThinkMs: number): Promise<void> {
  const { client, process, random, clock } = context;
  await takeTurns(context, meanThinkMs, async () => {
    const prefix = `${accountsPrefix}${epoch(clock, accountsEpochMs)}`;
    const group = new KeyGroup(client, prefix, accountMembers);
    const found = await readGroup(context, group, random.chance(0.5));
    if (found === undefined) return;
    const before = found === null ? null : groupParts(found);
    const after = before === null ? openAccounts(process.newValue()) : transfer(before);
    const key = groupName(prefix);
    await process.run(
      { op: 'cas', key, expected: found, value: after.join(' ') },
      () => group.compareAndSet(before, after, callTimeoutMs),
      ({ succeeded }) => ({ result: succeeded }),
    );
  });

  function transfer(before: readonly string[]): readonly string[] {
    const from = random.between(0, before.length - 1);
    const to = (from + random.between(1, before.length - 1)) % before.length;
    const amount = random.between(1, 20);
    const tag = process.newValue();
    return before.map((part, at) => {
      if (at === from) return accountValue(balanceOf(part) - amount, tag);
      return at === to ? accountValue(balanceOf(part) + amount, tag) : part;
    });
  }
}

function openAccounts(tag: string): readonly string[] {
  return accountMembers.map(() => accountValue(initialBalance, tag));
}

/** Undefined: it could not be read. */
async function readGroup(
  { process }: ActorContext,
  group: KeyGroup,
  byRange: boolean,
): Promise<string | null | undefined> {
  return await process.run(
    { op: 'get', key: groupName(group.prefix) },
    () => (byRange ? group.readByRange(callTimeoutMs) : group.readByTransaction(callTimeoutMs)),
    (result) => ({ result }),
  );
}
