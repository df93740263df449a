import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { AdminCallError } from '../../../rpc/admin-client.ts';
import { builtEntry } from '../../cluster/built-entry.ts';
import type { ProcessNode } from '../../cluster/process-node.ts';
import type { TestCluster } from '../../cluster/test-cluster.ts';

const patienceMs = 20_000;

/** What another leader, or this one in a moment, may answer otherwise. */
const passingCodes: ReadonlySet<string> = new Set(['NOT_LEADER', 'UNAVAILABLE', 'TIMEOUT', 'BUSY', 'CONFLICT']);

/** Asks whoever leads, as often as leaders change meanwhile. An answer may be lost: what is asked has to look first what there is to do. */
export async function askLeader<T>(
  cluster: TestCluster<ProcessNode>,
  ask: (address: string) => Promise<T>,
): Promise<T> {
  const deadlineMs = performance.now() + patienceMs;
  for (;;) {
    const { address } = await cluster.leader({ timeoutMs: patienceMs });
    try {
      return await ask(address);
    } catch (error) {
      const mayPass = error instanceof AdminCallError && passingCodes.has(error.code);
      if (!mayPass || performance.now() >= deadlineMs) throw error;
    }
    await sleep(100);
  }
}

export interface CommandEnd {
  readonly code: number;
  readonly output: string;
}

/** Runs the command line in a process of its own, as an operator does. */
export function runConclave(cluster: TestCluster<ProcessNode>, words: readonly string[]): Promise<CommandEnd> {
  const environment = { ...process.env, CONCLAVE_ENDPOINTS: cluster.endpoints.join(','), NO_COLOR: '1' };
  return new Promise((resolve, reject) => {
    const options = { env: environment, timeout: 2 * patienceMs };
    const child = execFile(process.execPath, [builtEntry, ...words], options, (error, stdout, stderr) => {
      if (child.exitCode === null) reject(error ?? new Error(`conclave ${words.join(' ')} was ended`));
      else resolve({ code: child.exitCode, output: `${stdout}${stderr}`.trim() });
    });
  });
}
