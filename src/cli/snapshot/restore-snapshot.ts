import { rm } from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { restoredState } from '../../machine/restored-state.ts';
import type { State } from '../../machine/state.ts';
import type { IdentityOrigin } from '../../storage/identity.ts';
import type { CommandContext } from '../context.ts';
import { ClusterDirectory } from '../local-cluster/cluster-directory.ts';
import type { ClusterSize } from '../local-cluster/layout.ts';
import { ProgressLine } from './progress-line.ts';
import { readBackup } from './read-backup.ts';
import { originOf, restoreDirectory } from './restore-directory.ts';
import { planRestoration, type RestorationWish } from './restore-plan.ts';
import { type StateCounts, stateCounts } from './state-counts.ts';

/** One member, or all of a local cluster as `conclave up` runs it. */
export type RestoreTarget =
  | { readonly kind: 'member'; readonly id: string; readonly directory: string }
  | {
      readonly kind: 'local';
      readonly directory: string;
      readonly basePort: number | undefined;
      readonly size: ClusterSize | undefined;
    };

/** What was made, as `snapshot restore --json` prints it. */
export interface RestoreReport {
  readonly file: string;
  /** To be given as `--revision` for every other member. */
  readonly revision: number;
  readonly raisedCountersBy: string;
  /** SHA-256 of the state: members with another one refuse each other. */
  readonly state: string;
  readonly keys: number;
  readonly counters: number;
  readonly dropped: Pick<StateCounts, 'ephemeralKeys' | 'sessions' | 'locks'>;
  readonly backup: IdentityOrigin['backup'] & { readonly stale: boolean };
  readonly members: readonly { readonly id: string; readonly data: string }[];
}

/**
 * Makes data directories of a new cluster from a backup. The revision is chosen once, so that all members that are made here agree.
 *
 * @throws BackupError, StorageError, UsageFailure, CommandFailure; the signal's reason
 */
export async function restoreSnapshot(
  context: CommandContext,
  file: string,
  target: RestoreTarget,
  wish: RestorationWish,
  signal: AbortSignal,
): Promise<RestoreReport> {
  const reading = new ProgressLine(context.stderr, 'reading');
  const backup = await readBackup(file, signal, (bytes, fileBytes) => reading.update(bytes, fileBytes)).finally(() =>
    reading.clear(),
  );
  const plan = planRestoration(backup, wish, Date.now());
  const { keys, ephemeralKeys, counters, sessions, locks } = stateCounts(backup.state);
  const state = restoredState(backup.state, plan, crc32);
  const origin = await originOf(backup, state, signal);
  const members = await makeDirectories(target, state, origin, signal);
  return {
    file,
    revision: plan.revision,
    raisedCountersBy: String(plan.raiseCounters),
    state: origin.digest,
    keys: keys - ephemeralKeys,
    counters,
    dropped: { ephemeralKeys, sessions, locks },
    backup: { ...origin.backup, stale: backup.header.stale },
    members,
  };
}

async function makeDirectories(
  target: RestoreTarget,
  state: State,
  origin: IdentityOrigin,
  signal: AbortSignal,
): Promise<RestoreReport['members']> {
  if (target.kind === 'member') {
    const data = path.resolve(target.directory);
    await restoreDirectory(data, target.id, state, origin, signal);
    return [{ id: target.id, data }];
  }
  const directory = await ClusterDirectory.claim(path.resolve(target.directory));
  try {
    const { members } = await directory.found(target, async (cluster) => {
      const made: string[] = [];
      try {
        for (const { id, dataDir, directory: parent } of cluster.members) {
          made.push(parent);
          await restoreDirectory(dataDir, id, state, origin, signal);
        }
      } catch (error) {
        for (const parent of made) await rm(parent, { recursive: true, force: true });
        throw error;
      }
    });
    return members.map(({ id, dataDir }) => ({ id, data: dataDir }));
  } finally {
    await directory.release();
  }
}
