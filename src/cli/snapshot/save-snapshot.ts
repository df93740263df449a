import { setTimeout as delay } from 'node:timers/promises';
import { AdminCallError } from '../../rpc/admin-client.ts';
import { refuseIfThere } from '../../storage/backup-writer.ts';
import { type EndpointReport, probeAll } from '../cluster-probe.ts';
import type { CommandContext } from '../context.ts';
import { ClusterUnavailable, CommandFailure } from '../failure.ts';
import { ProgressLine } from './progress-line.ts';
import { type Backup, readBackup } from './read-backup.ts';
import { receiveSnapshot } from './receive-snapshot.ts';

export interface SavingOptions {
  readonly endpoints: readonly string[];
  /** For how long one is asked after the other. */
  readonly timeoutMs: number;
  readonly force: boolean;
  readonly stale: boolean;
}

const pauseMs = 200;
/** Each node is asked so often at least, however long the attempts have taken. */
const leastRounds = 2;

/**
 * Saves the state of the cluster under the name `file`, where it appears whole and verified, or not at all.
 *
 * @throws ClusterUnavailable, CommandFailure with the code of the last node's refusal, BackupError; the signal's reason
 */
export async function saveSnapshot(
  context: CommandContext,
  file: string,
  options: SavingOptions,
  signal: AbortSignal,
): Promise<Backup> {
  await refuseIfThere(file, options);
  const startedMs = performance.now();
  const reports = await probeAll(context, options.endpoints);
  const candidates = inOrder(reports);
  const failures = new Map<string, AdminCallError>();
  for (let round = 1; candidates.length > 0; round++) {
    for (const endpoint of [...candidates]) {
      signal.throwIfAborted();
      try {
        return await saveFrom(context, endpoint, file, options, signal);
      } catch (error) {
        if (!(error instanceof AdminCallError)) throw error;
        failures.set(endpoint, error);
        if (!isPassing(error)) candidates.splice(candidates.indexOf(endpoint), 1);
      }
    }
    if (round >= leastRounds && performance.now() - startedMs >= options.timeoutMs) break;
    await delay(pauseMs, undefined, { signal });
  }
  throw allFailed(reports, [...failures.values()]);
}

/** Whoever follows has less to do than the leader. */
function inOrder(reports: readonly EndpointReport[]): string[] {
  const answered = reports.flatMap((report) => (report.kind === 'answered' ? [report] : []));
  const leads = ({ status }: (typeof answered)[number]): number => (status.state === 'leader' ? 1 : 0);
  return answered.sort((a, b) => leads(a) - leads(b)).map(({ endpoint }) => endpoint);
}

async function saveFrom(
  context: CommandContext,
  endpoint: string,
  file: string,
  { force, stale }: SavingOptions,
  signal: AbortSignal,
): Promise<Backup> {
  const receiving = new ProgressLine(context.stderr, `saving from ${endpoint}`);
  const verifying = new ProgressLine(context.stderr, 'verifying');
  const onProgress = (bytes: number, expected: number): void => receiving.update(bytes, expected);
  try {
    const writer = await receiveSnapshot({ endpoint, file, force, stale, signal, onProgress });
    try {
      receiving.clear();
      // What is on the disk is read, not what was meant to be written.
      const written = await readBackup(writer.partFile, signal, (bytes, fileBytes) =>
        verifying.update(bytes, fileBytes),
      );
      await writer.publish();
      return { ...written, file };
    } catch (error) {
      await writer.discard();
      throw error;
    }
  } finally {
    receiving.clear();
    verifying.clear();
  }
}

/** It may be otherwise soon, or elsewhere. */
function isPassing({ code }: AdminCallError): boolean {
  return code === 'UNAVAILABLE' || code === 'BUSY' || code === 'TIMEOUT';
}

function allFailed(reports: readonly EndpointReport[], failures: readonly AdminCallError[]): Error {
  const last = failures.at(-1);
  if (last === undefined) return new ClusterUnavailable(reports, undefined);
  const unreachable = reports.flatMap((report) =>
    report.kind === 'failed' ? [`${report.endpoint}: ${report.reason}`] : [],
  );
  const details = [...failures.map(({ message }) => message), ...unreachable].map((line) => `  ${line}`);
  return new CommandFailure(last.code, 'no node gave its state', { details, cause: last });
}
