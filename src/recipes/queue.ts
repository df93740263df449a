import { randomUUID } from 'node:crypto';
import {
  type CallOptions,
  type Client,
  ConclaveError,
  cond,
  type Entry,
  type KeysOnly,
  op,
  type ScanOptions,
} from '../client/index.ts';
import { asOf } from './as-of.ts';
import { readDeadLetters, unbury } from './dead-letters.ts';
import { jsonOf, type LeasedParts, LeasedTask } from './leased-task.ts';
import { wholeNumber } from './names.ts';
import { inBackground, Patience, persistently } from './patience.ts';
import { makesRoom, QueueKeys } from './queue-keys.ts';
import type { DeadLetter, PriorityQueue, Queue, QueueOptions, QueueSize, Task, TaskConsumer } from './queue-types.ts';
import { RecipeError } from './recipe-error.ts';

/** How many that look free are tried before looking again. */
const candidates = 8;

/** The most that a scan takes. */
const pageSizeHigh = 10_000;

/**
 * First come, first served: a task is handed out only when all before it are. It is handed out under a lease, acknowledged once, by the
 * token of that lease, and handed out again, with its last checkpoint, if its worker dies, fails it or gives it back; after so many
 * attempts it goes to the dead letters.
 *
 * A task may be worked on by two at a time, when the first has lost its session and does not know yet; only one of them can
 * acknowledge, and what they write elsewhere is told apart by the token.
 */
export function queue<T = unknown>(client: Client, name: string, options: QueueOptions<T> = {}): Queue<T> {
  const tasks = new KeyQueue<T>(client, name, options);
  return Object.assign(tasks.consumer(), {
    add: (payload: T, limits?: CallOptions) => tasks.add(payload, 0, limits),
  });
}

/** As `queue`; the most urgent first, and of the same priority the first that has come. */
export function priorityQueue<T = unknown>(
  client: Client,
  name: string,
  options: QueueOptions<T> = {},
): PriorityQueue<T> {
  const tasks = new KeyQueue<T>(client, name, options);
  return Object.assign(tasks.consumer(), {
    add: (payload: T, priority: number, limits?: CallOptions) => tasks.add(payload, priority, limits),
  });
}

/** A task that looked free at some revision. */
interface Candidate {
  readonly id: string;
  readonly attempts: Entry | undefined;
}

class KeyQueue<T> {
  readonly #name: string;
  readonly #client: Client;
  readonly #keys: QueueKeys;
  readonly #options: QueueOptions<T>;
  readonly #attemptsHigh: number;

  constructor(client: Client, name: string, options: QueueOptions<T>) {
    this.#client = client;
    this.#name = name;
    this.#keys = new QueueKeys(name);
    this.#options = options;
    this.#attemptsHigh = wholeNumber(options.attempts ?? 5, 'attempts', 1, 1_000);
  }

  consumer(): TaskConsumer<T> {
    return {
      name: this.#name,
      take: (limits) => this.#take(limits),
      tryTake: (limits) => this.#tryTakeWithin(limits),
      size: (limits) => this.#size(limits),
      deadLetters: (limits) => this.#deadLetters(limits),
      revive: (id, limits) => unbury(this.#client, this.#keys, { id, revive: true }, limits),
      discard: (id, limits) => unbury(this.#client, this.#keys, { id, revive: false }, limits),
    };
  }

  async add(payload: T, priority: number, limits: CallOptions | undefined): Promise<string> {
    const prefix = this.#keys.ofPriority(wholeNumber(priority, 'priority', 0, 9_999));
    const { key } = await this.#client.createSequential(prefix, jsonOf(payload, 'a task'), limits);
    return key.slice(this.#keys.tasks.length);
  }

  async #take(limits: CallOptions | undefined): Promise<Task<T>> {
    using patience = new Patience(`a task of the queue '${this.#name}'`, limits);
    const { signal } = patience;
    try {
      for (;;) {
        const { task, revision } = await persistently(() => this.#tryTake({ signal }), signal);
        if (task !== undefined) return task;
        await this.#change(revision, signal);
      }
    } catch (error) {
      throw patience.errorOf(error);
    }
  }

  async #tryTakeWithin(limits: CallOptions | undefined): Promise<Task<T> | undefined> {
    using patience = new Patience(`looking for a task of the queue '${this.#name}'`, limits);
    try {
      return (await this.#tryTake({ signal: patience.signal })).task;
    } catch (error) {
      throw patience.errorOf(error);
    }
  }

  /** Waits until there may be something to take that there was not at that revision. */
  async #change(revision: number, signal: AbortSignal): Promise<void> {
    const what = { prefix: this.#keys.prefix };
    const fromRevision = revision + 1;
    try {
      await using watch = await this.#client.watch(what, { fromRevision, keysOnly: true, previous: false, signal });
      for await (const { events } of watch) if (events.some((event) => makesRoom(this.#keys, event))) return;
    } catch (error) {
      // What happened since is forgotten: look again.
      if (error instanceof ConclaveError && error.code === 'COMPACTED') return;
      throw error;
    }
    throw new ConclaveError('CLOSED', 'the client is closed');
  }

  /** Without a task: the revision at which there was none. */
  async #tryTake(limits: {
    readonly signal: AbortSignal;
  }): Promise<{ readonly task: Task<T> | undefined; readonly revision: number }> {
    for (;;) {
      const what = { prefix: this.#keys.leases };
      const leases = await this.#client.range(what, { ...limits, keysOnly: true });
      const at = { ...limits, ...asOf(leases.revision), keysOnly: true } as const;
      const leased = new Set<string>();
      for await (const { key } of leases.more ? this.#client.scan(what, at) : leases.entries) {
        leased.add(key.slice(this.#keys.leases.length));
      }
      const free = await this.#free(leased, at);
      if (free.length === 0) return { task: undefined, revision: leases.revision };
      for (const id of free) {
        const attempts = await this.#client.get(this.#keys.attempts(id), at);
        const task = await this.#lease({ id, attempts });
        if (task !== undefined) return { task, revision: leases.revision };
        limits.signal.throwIfAborted();
      }
    }
  }

  /** The first of those that are not leased. */
  async #free(leased: ReadonlySet<string>, at: ScanOptions & KeysOnly): Promise<readonly string[]> {
    const pageSize = Math.min(leased.size + candidates, pageSizeHigh);
    const free: string[] = [];
    for await (const { key } of this.#client.scan({ prefix: this.#keys.tasks }, { ...at, pageSize })) {
      const id = key.slice(this.#keys.tasks.length);
      if (!leased.has(id)) free.push(id);
      if (free.length === candidates) break;
    }
    return free;
  }

  /** Undefined: somebody else has it, or it cannot be handed out and was put aside. */
  async #lease(candidate: Candidate): Promise<Task<T> | undefined> {
    const taken = await this.#takeLease(candidate);
    if (taken === undefined) return undefined;
    const { stored, lease, attempt, checkpoint } = taken;
    const parts = { client: this.#client, keys: this.#keys, id: candidate.id, stored, lease, attempt, checkpoint };
    const withLimit = { ...parts, attemptsHigh: this.#attemptsHigh, onDead: this.#options.onDead };
    if (attempt > this.#attemptsHigh) {
      const reason = `it was handed out ${attempt - 1} times and not acknowledged`;
      return await this.#putAside({ ...withLimit, attempt: attempt - 1, payload: undefined }, reason);
    }
    try {
      const { schema } = this.#options;
      const payload = schema === undefined ? (stored.json() as T) : await stored.parse(schema);
      return new LeasedTask({ ...withLimit, payload });
    } catch (error) {
      return await this.#putAside({ ...withLimit, payload: undefined }, String(error));
    }
  }

  /** To the dead letters. A lease that stayed would keep the task from everybody, for as long as this session lives. */
  async #putAside(parts: LeasedParts<undefined>, reason: string): Promise<undefined> {
    const task = new LeasedTask(parts);
    try {
      await task.bury(reason);
    } catch (error) {
      // Then somebody else has it.
      if (error instanceof RecipeError && error.code === 'LEASE_LOST') return;
      const { lease } = parts;
      persistently(() => task.bury(reason), this.#client.session.signal).catch(() =>
        this.#takeBack(lease.key, lease.text()),
      );
      throw error;
    }
  }

  /**
   * Not ended by the caller's signal: a lease of which nobody knows would keep the task from everybody. If its answer does not come, it is
   * taken back in the background; commands of a session take effect in order, and with the session the lease is gone anyway.
   */
  async #takeLease({ id, attempts }: Candidate) {
    const lease = this.#keys.lease(id);
    const attempt = Number(attempts?.text() ?? 0) + 1;
    const nonce = randomUUID();
    const unchanged = attempts === undefined ? cond.absent(this.#keys.attempts(id)) : cond.unchanged(attempts);
    try {
      const done = await this.#client.txn({
        if: [cond.exists(this.#keys.task(id)), cond.absent(lease), unchanged],
        then: [
          op.put(lease, nonce, { ephemeral: true }),
          op.put(this.#keys.attempts(id), String(attempt)),
          op.get(lease),
          op.get(this.#keys.task(id)),
          op.get(this.#keys.checkpoint(id)),
        ],
      });
      if (!done.succeeded) return undefined;
      const [, , leaseEntry, stored, checkpoint] = done.results;
      if (leaseEntry === undefined || stored === undefined) return undefined;
      return { lease: leaseEntry, stored, attempt, checkpoint: checkpoint?.json() };
    } catch (error) {
      if (error instanceof ConclaveError && error.outcome === 'unknown') this.#takeBack(lease, nonce);
      throw error;
    }
  }

  #takeBack(lease: string, nonce: string): void {
    const takenBack = () => this.#client.txn({ if: [cond.valueIs(lease, nonce)], then: [op.delete(lease)] });
    inBackground(takenBack, this.#client.session.signal);
  }

  async #size(limits: CallOptions | undefined): Promise<QueueSize> {
    const what = { prefix: this.#keys.leases };
    const { entries, revision, more } = await this.#client.range(what, { ...limits, keysOnly: true });
    const at = { ...limits, ...asOf(revision) };
    const leased = more ? await this.#client.count(what, at) : entries.length;
    const tasks = await this.#client.count({ prefix: this.#keys.tasks }, at);
    const dead = await this.#client.count({ prefix: this.#keys.dead }, at);
    return { waiting: tasks - leased, leased, dead };
  }

  async #deadLetters(limits: CallOptions | undefined): Promise<readonly DeadLetter[]> {
    const letters: DeadLetter[] = [];
    for await (const letter of readDeadLetters(this.#client, this.#keys, limits)) letters.push(letter);
    return letters;
  }
}
