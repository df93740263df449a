import path from 'node:path';
import { refuseIfClaimed } from '../../storage/directory-claim.ts';
import { type Identity, readIdentity } from '../../storage/identity.ts';
import type { ReadOnlyCopy } from '../../storage/read-only-copy.ts';
import { StorageError } from '../../storage/storage-error.ts';
import { readWitness } from '../../storage/witness.ts';
import { type CheckpointSurvey, surveyCheckpoints } from './checkpoint-survey.ts';
import {
  type CheckpointsReport,
  type DirectoryReport,
  type IdentityReport,
  type JournalReport,
  ok,
  type PartHealth,
  type WitnessReport,
} from './directory-report.ts';
import { readJournal } from './journal-reading.ts';
import { JournalSurvey } from './journal-survey.ts';
import { healthAfter } from './part-health.ts';
import { startVerdict, usableCheckpoint } from './start-verdict.ts';

/** Whose directory it is. @throws StorageError if it is none of ours, or cannot be read */
export async function inspectIdentity(directory: string): Promise<IdentityReport> {
  let identity: Identity | undefined;
  let health = ok;
  try {
    identity = await readIdentity(directory);
    if (identity === undefined) health = { status: 'missing', problem: null };
  } catch (error) {
    const code = error instanceof StorageError ? error.code : undefined;
    if (code === 'NOT_A_DIRECTORY') throw error;
    health = healthAfter(error);
    if (code === 'IDENTITY_MISSING') health = { ...health, status: 'missing' };
  }
  return {
    ...health,
    id: identity?.nodeId ?? null,
    incarnation: identity?.incarnation ?? null,
    createdAt: identity?.createdAt ?? null,
    formatVersion: identity?.formatVersion ?? null,
    origin: identity?.origin ?? null,
  };
}

/**
 * Reads all of a stopped node's directory, which is a real path, part by part: what is wrong with one does not keep the others from being
 * read.
 *
 * @throws StorageError DIRECTORY_IN_USE, and what is no fault of one part; the signal's reason
 */
export async function inspectDirectory(
  directory: string,
  identity: IdentityReport,
  copy: ReadOnlyCopy,
  signal: AbortSignal,
): Promise<DirectoryReport> {
  const foundWitness = await inspectWitness(directory, copy);
  const { report: foundCheckpoints, configurations } = await inspectCheckpoints(copy, signal);
  const stateSlot = usableCheckpoint(foundCheckpoints)?.slot ?? 0;
  const survey = new JournalSurvey(stateSlot);
  const journal = survey.report(
    await inspectJournal(survey, directory, { identity, witness: foundWitness }, copy, signal),
  );
  const checkpoints = besideJournal(foundCheckpoints, journal);
  const witness = besideWitnessedJournal(foundWitness, journal);
  await refuseIfClaimed(directory);
  await copy.verifyUnchanged();
  const cluster = survey.cluster(configurations.get(stateSlot));
  const { recordsAboveState, departing } = survey;
  const start = startVerdict({ identity, cluster, departing, journal, witness, checkpoints, recordsAboveState });
  const parts = [identity, witness, journal, checkpoints, ...checkpoints.list];
  const healthy =
    parts.every(({ status }) => status === 'ok') && start.from !== 'refused' && start.from !== 'needsState';
  return { directory, healthy, start, identity, cluster, witness, journal, checkpoints };
}

async function inspectCheckpoints(copy: ReadOnlyCopy, signal: AbortSignal): Promise<CheckpointSurvey> {
  const configurations = new Map();
  try {
    if (!(await copy.addDatabase('checkpoint', signal))) return { report: { ...ok, list: [] }, configurations };
  } catch (error) {
    return { report: { ...healthAfter(error), list: [] }, configurations };
  }
  return await surveyCheckpoints(copy, signal);
}

async function inspectJournal(
  survey: JournalSurvey,
  directory: string,
  { identity, witness }: { readonly identity: IdentityReport; readonly witness: WitnessReport },
  copy: ReadOnlyCopy,
  signal: AbortSignal,
): Promise<PartHealth> {
  try {
    // One that the witness knows of is not merely missing, as opening it tells.
    if (!(await copy.addDatabase('journal', signal)) && (witness.sequence ?? 0) === 0) {
      // One that was restored gets a journal when it is started.
      if (identity.origin !== null && witness.status === 'missing') return ok;
      return { status: 'missing', problem: `There is no journal in ${directory}.` };
    }
    for await (const read of readJournal(copy, signal)) survey.take(read);
    return ok;
  } catch (error) {
    return healthAfter(error);
  }
}

/** It is added to the copy, where the journal is compared with it. */
async function inspectWitness(directory: string, copy: ReadOnlyCopy): Promise<WitnessReport> {
  const unknown = { sequence: null, reached: null };
  const file = path.join(directory, 'witness');
  try {
    await copy.addFile('witness');
    const found = await readWitness(path.join(copy.directory, 'witness'));
    if (found.kind === 'intact') return { ...ok, sequence: found.mark.sequence, reached: null };
    if (found.kind === 'missing') {
      return { status: 'missing', problem: `There is no file ${file}. ${withoutWitness}`, ...unknown };
    }
    const what = found.kind === 'empty' ? 'is empty' : 'does not match its checksum';
    return { status: 'damaged', problem: `${file} ${what}. ${withoutWitness}`, ...unknown };
  } catch (error) {
    return { ...healthAfter(error), ...unknown };
  }
}

const withoutWitness =
  'A start makes it anew; but whether the journal has lost records from its end cannot be told without it.';

/** It is written after the first record. Then nothing was lost, unless all of it was. */
function besideWitnessedJournal(witness: WitnessReport, journal: JournalReport): WitnessReport {
  if (witness.sequence !== null) return { ...witness, reached: (journal.lastSequence ?? 0) >= witness.sequence };
  return journal.status === 'ok' && journal.lastSequence === null ? { ...witness, ...ok } : witness;
}

/** A trimmed journal needs one; another does not. */
function besideJournal(checkpoints: CheckpointsReport, { trimmedThrough }: JournalReport): CheckpointsReport {
  if (checkpoints.status !== 'ok' || checkpoints.list.length > 0 || trimmedThrough === 0) return checkpoints;
  const problem = `There is no checkpoint, though the journal does not hold what came up to slot ${trimmedThrough}.`;
  return { status: 'missing', problem, list: [] };
}
