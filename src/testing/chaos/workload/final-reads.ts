import type { Client } from '../../../client/index.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import {
  accountMembers,
  accountsPrefix,
  finalProcess,
  groupPrefix,
  guardedPrefix,
  markerKey,
  pairMembers,
  registerPrefix,
  sessionPrefix,
  watchedPrefixes,
} from '../history/workload-names.ts';
import { KeyGroup } from './key-group.ts';
import { LogicalProcess, type OperationLog } from './logical-process.ts';
import type { RunClock } from './run-clock.ts';

const callTimeoutMs = 5_000;
const attempts = 6;

/** Reads what is there in the end, and writes the last keys for the watches. */
export class FinalReads {
  readonly #client: Client;
  readonly #process: LogicalProcess;

  constructor(client: Client, log: OperationLog, clock: RunClock) {
    this.#client = client;
    this.#process = new LogicalProcess(finalProcess, log, clock);
  }

  async read(keys: Iterable<string>): Promise<void> {
    for (const key of keys) {
      const act = this.#readerOf(key);
      if (act === undefined) continue;
      await this.#atLast(key, () => this.#process.run({ op: 'get', key }, act, (result) => ({ result })));
    }
  }

  async writeMarkers(): Promise<void> {
    const client = this.#client;
    for (const prefix of watchedPrefixes) {
      const key = markerKey(prefix);
      await this.#atLast(key, async () => {
        const value = this.#process.newValue();
        const put = async () => await client.put(key, value, { timeoutMs: callTimeoutMs });
        return await this.#process.run({ op: 'put', key, value }, put, ({ revision }) => ({ revision }));
      });
    }
  }

  /** With all sessions gone, all ephemeral keys are. */
  async waitForSessionKeys(timeoutMs: number): Promise<void> {
    let left: readonly string[] = [];
    const isEmpty = async (): Promise<boolean> => {
      const { entries } = await this.#client.range({ prefix: sessionPrefix }, { timeoutMs: callTimeoutMs });
      left = entries.map(({ key }) => key);
      return left.length === 0;
    };
    try {
      await waitFor('the ephemeral keys to go', isEmpty, { timeoutMs, everyMs: 100 });
    } catch (error) {
      throw new Error(`ephemeral keys outlive their sessions: ${left.join(', ')}`, { cause: error });
    }
  }

  #readerOf(key: string): (() => Promise<string | null>) | undefined {
    const client = this.#client;
    const prefix = groupPrefix(key);
    if (prefix !== undefined) {
      const members = prefix.startsWith(accountsPrefix) ? accountMembers : pairMembers;
      return async () => await new KeyGroup(client, prefix, members).readByRange(callTimeoutMs);
    }
    if (!key.startsWith(registerPrefix) && !key.startsWith(guardedPrefix)) return undefined;
    return async () => (await client.get(key, { timeoutMs: callTimeoutMs }))?.text() ?? null;
  }

  async #atLast<T>(what: string, act: () => Promise<T | undefined>): Promise<void> {
    for (let attempt = 0; attempt < attempts; attempt++) if ((await act()) !== undefined) return;
    throw new Error(`the cluster does not answer: ${what}`);
  }
}
