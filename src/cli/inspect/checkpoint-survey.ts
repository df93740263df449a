import { crc32 } from 'node:zlib';
import { Machine } from '../../machine/machine.ts';
import type { State } from '../../machine/state.ts';
import type { StateReader } from '../../machine/state-reader.ts';
import { decodeConfiguration } from '../../paxos/configuration-codec.ts';
import type { Configuration, Slot } from '../../paxos/record.ts';
import { problemOfOwn } from '../../replica/checkpoint-problem.ts';
import { UndecodableState } from '../../replica/halt.ts';
import { LevelCheckpoints } from '../../storage/level-checkpoints.ts';
import type { CheckpointManifest } from '../../storage/ports.ts';
import type { ReadOnlyCopy } from '../../storage/read-only-copy.ts';
import { emptyBytes } from '../../wire/bytes.ts';
import { type CheckpointReport, type CheckpointsReport, ok, type PartHealth } from './directory-report.ts';
import { healthAfter, inOriginal } from './part-health.ts';

export interface CheckpointSurvey {
  readonly report: CheckpointsReport;
  /** By the slot of the checkpoint: the members that its state names, if they were changed before it. */
  readonly configurations: ReadonlyMap<Slot, Configuration>;
}

/** Reads every chunk of the checkpoints that were added to the copy, and makes the states. @throws the signal's reason */
export async function surveyCheckpoints(copy: ReadOnlyCopy, signal: AbortSignal): Promise<CheckpointSurvey> {
  signal.throwIfAborted();
  const store = new LevelCheckpoints(copy.directory);
  const configurations = new Map<Slot, Configuration>();
  try {
    await store.open();
    const list: CheckpointReport[] = store.damaged.map(({ slot, problem }) => withoutManifest(slot, problem));
    for (const manifest of await store.list()) {
      const { report, configuration } = await surveyCheckpoint(store, copy, manifest, signal);
      list.push(report);
      if (configuration !== undefined) configurations.set(manifest.slot, configuration);
    }
    return { report: { ...ok, list: list.sort((a, b) => b.slot - a.slot) }, configurations };
  } catch (error) {
    return { report: { ...healthAfter(inOriginal(copy, error)), list: [] }, configurations };
  } finally {
    await store.close();
  }
}

function withoutManifest(slot: number, problem: string): CheckpointReport {
  return {
    slot,
    status: 'damaged',
    problem,
    revision: null,
    hash: null,
    chunks: null,
    intactChunks: null,
    bytes: null,
    stateMatches: null,
    ...countsOf(undefined),
  };
}

async function surveyCheckpoint(
  store: LevelCheckpoints,
  copy: ReadOnlyCopy,
  { slot, revision, hash, chunks, bytes }: CheckpointManifest,
  signal: AbortSignal,
): Promise<{ readonly report: CheckpointReport; readonly configuration: Configuration | undefined }> {
  const building = new StateBuilding();
  let firstProblem: PartHealth | undefined;
  let intactChunks = 0;
  for (let index = 0; index < chunks; index++) {
    signal.throwIfAborted();
    try {
      const chunk = await store.readChunk(slot, index);
      intactChunks += 1;
      if (firstProblem === undefined) building.take(chunk);
    } catch (error) {
      firstProblem ??= healthAfter(inOriginal(copy, error));
    }
  }
  // With a chunk that is missing, there is no state to speak of.
  const state = firstProblem === undefined ? building.finish(hash) : undefined;
  const configuration = building.configuration(state);
  const health = firstProblem ?? building.health;
  const report: CheckpointReport = {
    slot,
    ...health,
    revision,
    hash,
    chunks,
    intactChunks,
    bytes,
    stateMatches: firstProblem === undefined && health.status !== 'newer' ? state !== undefined : null,
    ...countsOf(state),
  };
  return { report, configuration };
}

/** A state in the making, until its first problem. */
class StateBuilding {
  health = ok;
  readonly #reader: StateReader = new Machine({ checksum: crc32 }).snapshotReader();

  take(chunk: Uint8Array): void {
    this.#attempt(() => {
      this.#reader.take(chunk);
      return true;
    });
  }

  /** The state, if the chunks have made one and it has that hash. */
  finish(hash: string): State | undefined {
    let state: State | undefined;
    this.#attempt(() => {
      state = this.#reader.finish();
      return state.hash === hash;
    });
    return this.health.status === 'ok' ? state : undefined;
  }

  /** Of that state; undefined: it names none. */
  configuration(state: State | undefined): Configuration | undefined {
    let configuration: Configuration | undefined;
    if (state?.configuration === undefined) return undefined;
    const { slot, bytes } = state.configuration;
    this.#attempt(() => {
      configuration = { slot, members: decodeConfiguration(bytes).members };
      return true;
    });
    return configuration;
  }

  #attempt(step: () => boolean): void {
    if (this.health.status !== 'ok') return;
    try {
      const problem = problemOfOwn(step);
      if (problem !== undefined) this.health = { status: 'damaged', problem: `its chunks are intact, but: ${problem}` };
    } catch (error) {
      if (!(error instanceof UndecodableState)) throw error;
      this.health = { status: 'newer', problem: error.message };
    }
  }
}

type Counts = Pick<
  CheckpointReport,
  'keys' | 'sessions' | 'locks' | 'featureLevel' | 'residentBytes' | 'quotaBytes' | 'membersSlot'
>;

function countsOf(state: State | undefined): Counts {
  if (state === undefined) {
    return {
      keys: null,
      sessions: null,
      locks: null,
      featureLevel: null,
      residentBytes: null,
      quotaBytes: null,
      membersSlot: null,
    };
  }
  const { featureLevel, residentBytes, quotaBytes } = state;
  return {
    keys: state.keyspace.count({ from: emptyBytes, to: 'unbounded' }, state.history.revision),
    sessions: state.sessions.count,
    locks: new Set(state.locks.all().flatMap(({ names }) => names)).size,
    featureLevel,
    residentBytes: residentBytes.total,
    quotaBytes: Number.isFinite(quotaBytes) ? quotaBytes : null,
    membersSlot: state.configuration?.slot ?? 0,
  };
}
