import type { IdentityOrigin } from '../../storage/identity.ts';

/** What is in a data directory, as `inspect --json` prints it. A field that cannot be told is `null`; bytes are numbers, times ISO 8601. */
export interface DirectoryReport {
  readonly directory: string;
  /** Every part is ok, and a start would begin with what is there. */
  readonly healthy: boolean;
  readonly start: StartVerdict;
  readonly identity: IdentityReport;
  readonly cluster: ClusterReport | null;
  readonly witness: WitnessReport;
  readonly journal: JournalReport;
  readonly checkpoints: CheckpointsReport;
}

/** `newer`: whole, as far as this version can tell, but written by a later one. */
export type PartStatus = 'ok' | 'missing' | 'damaged' | 'newer';

export interface PartHealth {
  readonly status: PartStatus;
  /** What is wrong, and what to do. */
  readonly problem: string | null;
}

export const ok: PartHealth = { status: 'ok', problem: null };

/** What a start would make of the directory. */
export interface StartVerdict {
  /** `needsState`: it keeps its promises, and applies nothing until another node has sent it a state. */
  readonly from: 'checkpoint' | 'journal' | 'nothing' | 'needsState' | 'refused';
  /** Of the checkpoint. */
  readonly slot: number | null;
  /** Journal records that would be applied to it, or to an empty state. */
  readonly records: number | null;
  readonly text: string;
}

export interface IdentityReport extends PartHealth {
  readonly id: string | null;
  readonly incarnation: string | null;
  readonly createdAt: string | null;
  readonly formatVersion: number | null;
  /** The backup that it was restored from; `null` if it began empty, too. */
  readonly origin: IdentityOrigin | null;
}

export interface ClusterReport {
  readonly clusterId: string;
  readonly name: string;
  readonly formed: boolean;
  /** Those that rule, as far as the journal and the checkpoint know with which a start would begin. */
  readonly members: readonly MemberReport[];
  /** In which they were chosen; 0: with the birth of the cluster. */
  readonly membersSlot: number;
  readonly settings: { readonly leaseMs: number; readonly clockDriftPermille: number; readonly leases: boolean };
}

export interface MemberReport {
  readonly id: string;
  readonly incarnation: string;
  readonly address: string;
  readonly standing: 'voter' | 'learner' | 'joining';
  /** Of one that joins: who leaves when it becomes a voter. */
  readonly replaces: string | null;
}

export interface WitnessReport extends PartHealth {
  /** The journal was once durable up to it. */
  readonly sequence: number | null;
  readonly reached: boolean | null;
}

/** Of the records that could be read. */
export interface JournalReport extends PartHealth {
  readonly records: number;
  readonly firstSequence: number | null;
  readonly lastSequence: number | null;
  /** What stands for the records that were given up. */
  readonly anchor: { readonly sequence: number; readonly trimmedThrough: number } | null;
  readonly promised: { readonly round: number; readonly node: string } | null;
  readonly chosenThrough: number;
  /** What the journal says of slots up to it does not count. */
  readonly trimmedThrough: number;
  readonly lowestSlot: number | null;
  readonly highestSlot: number | null;
  readonly valueBytes: number;
  readonly seen: readonly { readonly id: string; readonly incarnation: string; readonly sequence: number }[];
}

export interface CheckpointsReport extends PartHealth {
  /** Newest first. */
  readonly list: readonly CheckpointReport[];
}

export interface CheckpointReport extends PartHealth {
  readonly slot: number;
  readonly revision: number | null;
  readonly hash: string | null;
  readonly chunks: number | null;
  readonly intactChunks: number | null;
  readonly bytes: number | null;
  /** The chunks make a state, and it has that hash. */
  readonly stateMatches: boolean | null;
  readonly keys: number | null;
  readonly sessions: number | null;
  /** Names that are held or waited for. */
  readonly locks: number | null;
  readonly featureLevel: number | null;
  /** As the quota counts it. */
  readonly residentBytes: number | null;
  /** `null`: none is in force. */
  readonly quotaBytes: number | null;
  /** In which its members were chosen; 0: with the birth of the cluster. */
  readonly membersSlot: number | null;
}
