import { randomUUID } from 'node:crypto';
import { type CallOptions, type Client, ConclaveError, cond, type Entry, op, type View } from '../client/index.ts';
import { group } from './group.ts';
import { membersIn, membersPrefix } from './group-members.ts';
import type { Membership } from './group-types.ts';
import { keyPrefix, wholeNumber } from './names.ts';
import { PartitionRun, type PartitionWork } from './owned-partition.ts';
import { type Assignment, assignPartitions } from './partition-assignment.ts';
import { persistently } from './patience.ts';

export interface PartitionsOptions {
  /** How many there are, 1 to 10,000. All who use the name say the same. */
  readonly count: number;
}

export interface ParticipateOptions {
  /** By default one that nobody else has. */
  readonly id?: string | undefined;
  /** Told of errors of the work, which is begun again after a pause, and of what hinders the member. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** A member that owns its share of the partitions. */
export interface Participation extends AsyncDisposable {
  readonly id: string;
  /** What it owns now, each with its token. */
  readonly owned: ReadonlyMap<number, number>;
  /** Aborts when it is over for good, as that of a membership. */
  readonly signal: AbortSignal;
  /** Resolves when all work has ended and all partitions are given up. Idempotent; what disposal does, too. */
  leave(): Promise<void>;
}

export interface Partitions {
  readonly name: string;
  readonly count: number;
  /** Takes part: `work` is called for each partition that this member comes to own, and ends when its signal aborts. */
  join(work: PartitionWork, options?: ParticipateOptions): Promise<Participation>;
  /** Who is to own which; who does own it, its lock tells. */
  assignment(options?: CallOptions): Promise<Assignment>;
}

/**
 * P partitions over the live members. Each is owned by one member at a time, which holds its lock and has its token; the next owner gets it
 * when the one before has given it up or lost its session. Members own as many as the others, give or take one, and no partition moves that
 * need not when members come and go.
 */
export function partitions(client: Client, name: string, { count }: PartitionsOptions): Partitions {
  wholeNumber(count, 'count', 1, 10_000);
  const key = `${keyPrefix('partitions', name)}assignment`;
  return {
    name,
    count,
    async join(work, { id = randomUUID(), onError = () => undefined } = {}) {
      const groupName = `partitions/${name}`;
      const prefix = membersPrefix(groupName);
      const membership = await group(client, groupName).join({ id });
      const { signal } = membership;
      const locks = keyPrefix('partition', name);
      try {
        const members = await client.view({ prefix }, { signal });
        const assignment = await client.view(key, { signal });
        return new Member({ client, count, key, prefix, locks, work, onError, membership, members, assignment });
      } catch (error) {
        await membership.leave();
        throw error;
      }
    },
    async assignment(options) {
      return assignmentIn(await client.get(key, options), count);
    },
  };
}

interface MemberParts {
  readonly client: Client;
  readonly count: number;
  readonly key: string;
  readonly prefix: string;
  readonly locks: string;
  readonly work: PartitionWork;
  readonly onError: (error: unknown) => void;
  readonly membership: Membership;
  readonly members: View;
  readonly assignment: View;
}

class Member implements Participation {
  readonly #parts: MemberParts;
  readonly #runs = new Map<number, PartitionRun>();
  /** Those that have been told to stop: the partition is not begun again before they have. */
  readonly #stopping = new Map<number, Promise<void>>();
  #leaving: Promise<void> | undefined;
  #isOver = false;
  #adjusting: Promise<void> = Promise.resolve();

  constructor(parts: MemberParts) {
    this.#parts = parts;
    for (const view of [parts.members, parts.assignment]) void this.#followed(view);
    this.#adjust();
    parts.membership.signal.addEventListener('abort', () => void this.leave().catch(parts.onError), { once: true });
  }

  get id(): string {
    return this.#parts.membership.id;
  }

  get signal(): AbortSignal {
    return this.#parts.membership.signal;
  }

  get owned(): ReadonlyMap<number, number> {
    const tokens = [...this.#runs].map(([partition, { token }]) => [partition, token] as const);
    return new Map(tokens.filter((owned): owned is [number, number] => owned[1] !== undefined));
  }

  leave(): Promise<void> {
    this.#leaving ??= this.#leave();
    return this.#leaving;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.leave();
  }

  /** Others may ask for the locks while the work here comes to its end. */
  async #leave(): Promise<void> {
    this.#isOver = true;
    const { membership, members, assignment } = this.#parts;
    const left = membership.leave();
    for (const partition of [...this.#runs.keys()]) this.#stop(partition);
    try {
      await Promise.all([left, ...this.#stopping.values()]);
    } finally {
      await Promise.all([members.close(), assignment.close()]);
    }
  }

  async #followed(view: View): Promise<void> {
    try {
      for await (const _ of view.changes()) this.#adjust();
    } catch (error) {
      if (!this.#isOver && !this.signal.aborted) this.#parts.onError(error);
    }
  }

  /** One after the other; each looks at the newest that is known. */
  #adjust(): void {
    this.#adjusting = this.#adjusting.then(async () => {
      if (this.#isOver) return;
      try {
        await this.#assign();
        this.#takeUp();
      } catch (error) {
        if (!this.#isOver) this.#parts.onError(error);
      }
    });
  }

  /** The oldest member writes for all: when it dies, the next one is the oldest. */
  async #assign(): Promise<void> {
    const { client, count, key, prefix, members, assignment } = this.#parts;
    const ids = membersIn(members, prefix).map(({ id }) => id);
    if (ids[0] !== this.id) return;
    const entry = assignment.entry(key);
    const previous = assignmentIn(entry, count);
    const wanted = assignPartitions(previous, ids, count);
    if (entry !== undefined && wanted.every((id, partition) => id === previous[partition])) return;
    const unchanged = entry === undefined ? cond.absent(key) : cond.unchanged(entry);
    // If another was quicker, the next change shows what it wrote.
    const written = () => client.txn({ if: [unchanged], then: [op.put(key, JSON.stringify(wanted))] });
    await persistently(written, this.signal);
  }

  #takeUp(): void {
    const { count, key, assignment } = this.#parts;
    const owners = assignmentIn(assignment.entry(key), count);
    for (const [partition, owner] of owners.entries()) {
      if (owner !== this.id) this.#stop(partition);
      else if (!this.#runs.has(partition) && !this.#stopping.has(partition)) this.#begin(partition);
    }
  }

  #begin(partition: number): void {
    const { client, locks, work, onError } = this.#parts;
    this.#runs.set(partition, new PartitionRun(client, `${locks}${partition}`, partition, work, onError));
  }

  #stop(partition: number): void {
    const run = this.#runs.get(partition);
    if (run === undefined) return;
    this.#runs.delete(partition);
    const stopped = run.stop().finally(() => {
      this.#stopping.delete(partition);
      // It may have been assigned again meanwhile.
      this.#adjust();
    });
    this.#stopping.set(partition, stopped);
  }
}

function assignmentIn(entry: Entry | undefined, count: number): Assignment {
  const owners = entry?.json() ?? [];
  if (!Array.isArray(owners))
    throw new ConclaveError('INVALID_VALUE', `'${entry?.key}' is no assignment of partitions`);
  return Array.from({ length: count }, (_, partition) => (owners[partition] as string | null | undefined) ?? undefined);
}
