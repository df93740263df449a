/**
 * The part of your database that fencing needs: transactions, and one number per resource.
 *
 * `T` is what your database calls a transaction: a connection between `begin` and `commit`, a session, or a list of operations that
 * will be written as one batch.
 */
export interface FencingStore<T> {
  /**
   * Runs `work` within one transaction. If it resolves, commits all that it did, durably, before this resolves; if it rejects, none of
   * it, and rejects too. It may be run again in a new transaction after a conflict. `resource` is the name of the `FencedResource`.
   *
   * No other transaction, of whatever process, may get between what `raiseToken` reads and the commit: a lock on the row of the token
   * does that, serializable isolation, or `oneAtATime` if all access goes through one object.
   */
  transaction(work: (transaction: T) => Promise<void>, resource: string): PromiseLike<unknown>;
  /**
   * Within the transaction: stores the larger of `token` and the number that is stored for the resource (0 if none is), and returns
   * it. In SQL this is one statement, which also locks the row:
   * `insert … on conflict (resource) do update set token = greatest(fencing.token, excluded.token) returning token`.
   *
   * What it returns decides whether the write is accepted. Where a transaction cannot read before its commit, return `token`, commit on
   * the condition that none higher is stored, and throw `new ConclaveError('STALE_TOKEN', …)` from `transaction` if there is one.
   */
  raiseToken(transaction: T, resource: string, token: number): number | PromiseLike<number>;
}

/**
 * The same store, but its transactions run one after another, in the order of the calls: for those that would get in each other's way
 * (LevelDB, a file, a single connection).
 *
 * It suffices if every write to what is protected goes through the returned object: make one per database and share it, for two of
 * them, or two processes, know nothing of each other. The queue has no bound. A change that never ends holds up all behind it, and so
 * does one that waits for another write to the same store.
 */
export function oneAtATime<T>(store: FencingStore<T>): FencingStore<T> {
  const queue = new WriteQueue();
  return {
    transaction: (work, resource) => queue.run(() => store.transaction(work, resource)),
    raiseToken: (transaction, resource, token) => store.raiseToken(transaction, resource, token),
  };
}

/**
 * For what has no transactions and does not outlive this process, such as a cache or a connection to a device. Writes to one resource
 * run one after another, those to different ones at once. Nothing is undone when a change throws; its token counts as seen.
 *
 * The tokens are **forgotten with the process**: after a restart an old writer gets through. They are kept until then, one number for
 * each resource. Make one store and share it.
 */
export function memoryFencingStore(): FencingStore<undefined> {
  const cells = new Map<string, { readonly queue: WriteQueue; highestToken: number }>();
  const cellOf = (resource: string) => {
    const known = cells.get(resource);
    if (known !== undefined) return known;
    const cell = { queue: new WriteQueue(), highestToken: 0 };
    cells.set(resource, cell);
    return cell;
  };
  return {
    transaction: (work, resource) => cellOf(resource).queue.run(() => work(undefined)),
    raiseToken: (_, resource, token) => {
      const cell = cellOf(resource);
      cell.highestToken = Math.max(cell.highestToken, token);
      return cell.highestToken;
    },
  };
}

class WriteQueue {
  #last: Promise<unknown> = Promise.resolve();

  run<R>(task: () => PromiseLike<R>): Promise<R> {
    const turn = this.#last.then(task);
    // Whoever called hears of the failure; those behind go on. Nothing but the end is kept, and no result.
    this.#last = turn.then(ignore, ignore);
    return turn;
  }
}

function ignore(): void {}
