import type { ServiceDefinition } from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';
import { assert } from '../wire/assert.ts';
import { descriptor } from './descriptor.generated.ts';

/** Every field is present in what is decoded; 64-bit numbers are numbers, up to 2^53 - 1. */
const definitions = fromJSON(descriptor, { longs: Number, enums: String, defaults: true, arrays: true, oneofs: true });

/** Admin calls are rare: they alone go through a general protobuf library. */
export const adminDefinition = adminService();

/** The `Status` message of `admin.proto`: what one node believes. */
export interface NodeReport {
  /** Empty while the node belongs to no cluster. */
  readonly clusterId: string;
  readonly nodeId: string;
  readonly state: NodeState;
  /** Empty: none is known. */
  readonly leaderId: string;
  /** The highest that the node has promised. */
  readonly ballot: { readonly round: number; readonly nodeId: string };
  readonly chosenSlot: number;
  readonly appliedSlot: number;
  readonly revision: number;
  readonly pid: number;
  readonly version: string;
  readonly uptimeSeconds: number;
  /** Sorted by node id. Before the cluster has formed: those that the node was started with. */
  readonly members: readonly ReportedMember[];
  /** In which the members were chosen; 0: with the birth of the cluster. */
  readonly membersSlot: number;
  /** Open in the state, on whatever nodes their clients are. */
  readonly sessions: number;
  /** On this node. */
  readonly watches: number;
  /** Client streams on this node. */
  readonly connections: number;
  /** Of the state after `hashSlot`; slot 0: none yet. */
  readonly stateHash: string;
  readonly hashSlot: number;
  /** Of the newest checkpoint on the node's disk; 0: none. */
  readonly checkpointSlot: number;
  /** What the state takes, as the quota counts it. */
  readonly residentBytes: number;
  /** 0: none is in force yet. */
  readonly quotaBytes: number;
  /** What the members have agreed to make use of; 0: this node is of a version without levels. */
  readonly featureLevel: number;
  /** The highest that this node carries out; 0 likewise. */
  readonly supportedLevel: number;
  /** The last thing that went wrong; empty: nothing since the start. */
  readonly lastError: string;
  /** What somebody has to look into, though the node goes on; it stays until a restart. Empty: nothing. */
  readonly alarm: string;
}

export interface ReportedMember {
  readonly nodeId: string;
  readonly incarnation: string;
  readonly address: string;
  /** VOTER, LEARNER or JOINING. */
  readonly standing: string;
  /** Of one that joins: who leaves when it becomes a voter; empty: nobody. */
  readonly replaces: string;
}

export type NodeState = 'leader' | 'follower' | 'candidate' | 'forming';

export interface TransferRequest {
  /** Empty: the member that has accepted most. */
  readonly to: string;
}

export interface TransferAnswer {
  /** Who leads now; empty: not known yet. */
  readonly leaderId: string;
}

export interface SnapshotRequest {
  /** What the node has applied, at once: what was acknowledged elsewhere may be missing. */
  readonly stale: boolean;
}

/** A part of the stream that answers it: the header, then chunks, then the end. */
export type SnapshotPart =
  | { readonly part: 'header'; readonly header: SnapshotHeader }
  /** Whole fields of the encoded state. */
  | { readonly part: 'chunk'; readonly chunk: Uint8Array }
  | { readonly part: 'end'; readonly end: { readonly chunks: number; readonly bytes: number } };

/** The `BackupHeader` message of `backup.proto`. */
export interface SnapshotHeader {
  readonly formatVersion: number;
  readonly clusterId: string;
  readonly clusterName: string;
  readonly nodeId: string;
  readonly programVersion: string;
  readonly createdAtMs: number;
  readonly slot: number;
  readonly revision: number;
  readonly stateHash: string;
  readonly stale: boolean;
  readonly expectedBytes: number;
}

export interface SettingsReport {
  readonly featureLevel: number;
  /** The highest level that all members have said they carry out; 0: this node does not lead, or has not heard of all. */
  readonly commonLevel: number;
  /** How often the settings have been changed. */
  readonly version: number;
  readonly residentBytes: number;
  readonly settings: readonly {
    readonly name: string;
    /** In force. */
    readonly value: number;
    readonly isDefault: boolean;
  }[];
}

export interface SettingChange {
  readonly name: string;
  /** 0: the default. */
  readonly value: number;
}

export interface SettingsRequest {
  readonly changes: readonly SettingChange[];
}

/** One of the three. */
export interface ChangeMembersRequest {
  readonly nodeId: string;
  readonly add?: { readonly address: string; readonly learner: boolean; readonly replaces: string } | null | undefined;
  readonly promote?: object | null | undefined;
  readonly remove?: object | null | undefined;
}

export interface ChangeMembersAnswer {
  /** Since which the members are so; 0: they were so before. */
  readonly slot: number;
}

function adminService(): ServiceDefinition {
  const service = definitions['conclave.v1.Admin'];
  assert(service !== undefined && !('format' in service), 'the descriptor holds the service Admin');
  return service as ServiceDefinition;
}
