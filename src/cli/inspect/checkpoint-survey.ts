import { crc32 } from 'node:zlib';
import { Machine } from '../../machine/machine.ts';
import type { State } from '../../machine/state.ts';
import type { StateReader } from '../../machine/state-reader.ts';
import { problemOfOwn } from '../../replica/checkpoint-problem.ts';
import { UndecodableState } from '../../replica/halt.ts';
import { LevelCheckpoints } from '../../storage/level-checkpoints.ts';
import type { CheckpointManifest } from '../../storage/ports.ts';
import type { ReadOnlyCopy } from '../../storage/read-only-copy.ts';
import { emptyBytes } from '../../wire/bytes.ts';
import { type CheckpointReport, type CheckpointsReport, ok, type PartHealth } from './directory-report.ts';
import { healthAfter, inOriginal } from './part-health.ts';

/** Reads every chunk of the checkpoints that were added to the copy, and makes the states. @throws the signal's reason */
export async function surveyCheckpoints(copy: ReadOnlyCopy, signal: AbortSignal): Promise<CheckpointsReport> {
  signal.throwIfAborted();
  const store = new LevelCheckpoints(copy.directory);
  try {
    await store.open();
    const list: CheckpointReport[] = store.damaged.map(({ slot, problem }) => withoutManifest(slot, problem));
    for (const manifest of await store.list()) list.push(await surveyCheckpoint(store, copy, manifest, signal));
    return { ...ok, list: list.sort((a, b) => b.slot - a.slot) };
  } catch (error) {
    return { ...healthAfter(inOriginal(copy, error)), list: [] };
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
): Promise<CheckpointReport> {
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
  const health = firstProblem ?? building.health;
  return {
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

type Counts = Pick<CheckpointReport, 'keys' | 'sessions' | 'locks' | 'featureLevel' | 'residentBytes' | 'quotaBytes'>;

function countsOf(state: State | undefined): Counts {
  if (state === undefined) {
    return { keys: null, sessions: null, locks: null, featureLevel: null, residentBytes: null, quotaBytes: null };
  }
  const { featureLevel, residentBytes, quotaBytes } = state;
  return {
    keys: state.keyspace.count({ from: emptyBytes, to: 'unbounded' }, state.history.revision),
    sessions: state.sessions.count,
    locks: new Set(state.locks.all().flatMap(({ names }) => names)).size,
    featureLevel,
    residentBytes: residentBytes.total,
    quotaBytes: Number.isFinite(quotaBytes) ? quotaBytes : null,
  };
}
