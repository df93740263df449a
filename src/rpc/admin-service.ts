import type { ServerUnaryCall, ServerWritableStream, sendUnaryData } from '@grpc/grpc-js';
import type { MemberChange } from '../replica/member-change.ts';
import type { NodeId } from '../wire/identifiers.ts';
import {
  adminDefinition,
  type ChangeMembersAnswer,
  type ChangeMembersRequest,
  type NodeReport,
  type SettingChange,
  type SettingsReport,
  type SettingsRequest,
  type SnapshotPart,
  type SnapshotRequest,
  type TransferAnswer,
  type TransferRequest,
} from './admin-definition.ts';
import { AdminRefusal, statusOfError } from './admin-refusal.ts';
import type { InspectionHandlers } from './inspection-definition.ts';
import { inspectionMethods } from './inspection-service.ts';
import type { RpcServer } from './rpc-server.ts';
import { sendParts } from './send-parts.ts';

export { AdminRefusal, type AdminRefusalReason } from './admin-refusal.ts';

export interface AdminServiceOptions {
  readonly report: () => NodeReport;
  /** Undefined: to the member that has accepted most. Resolves with the new leader, or '' if it is not known yet. */
  readonly transferLeadership: (to: string | undefined) => Promise<string>;
  /** Nothing more is asked of it once the caller has gone. */
  readonly saveSnapshot: (request: SnapshotRequest) => AsyncGenerator<SnapshotPart, void, undefined>;
  readonly settings: () => SettingsReport;
  /** Resolves with what is in force then. */
  readonly changeSettings: (changes: readonly SettingChange[]) => Promise<SettingsReport>;
  /** Resolves with the slot since which the members are so; 0: they were so before. */
  readonly changeMembers: (change: MemberChange) => Promise<number>;
  readonly inspection: InspectionHandlers;
}

export function registerAdminService(server: RpcServer, options: AdminServiceOptions): void {
  server.addService(adminDefinition, {
    ...inspectionMethods(options.inspection),
    Status: (_call: ServerUnaryCall<object, NodeReport>, callback: sendUnaryData<NodeReport>) => {
      callback(null, options.report());
    },
    TransferLeadership: (
      call: ServerUnaryCall<TransferRequest, TransferAnswer>,
      callback: sendUnaryData<TransferAnswer>,
    ) => {
      const { to } = call.request;
      const transferred = options.transferLeadership(to === '' ? undefined : to);
      answer(
        transferred.then((leaderId) => ({ leaderId })),
        callback,
      );
    },
    SaveSnapshot: (call: ServerWritableStream<SnapshotRequest, SnapshotPart>) => {
      sendParts(call, options.saveSnapshot(call.request)).then(
        () => call.end(),
        (error: unknown) => {
          call.emit('error', statusOfError(error));
          // What was sent and not taken would keep the stream from ending.
          if (error instanceof AdminRefusal && error.code === 'TIMEOUT') server.disconnect(call.getPeer());
        },
      );
    },
    ChangeMembers: (
      call: ServerUnaryCall<ChangeMembersRequest, ChangeMembersAnswer>,
      callback: sendUnaryData<ChangeMembersAnswer>,
    ) => {
      const change = async () => ({ slot: await options.changeMembers(changeOf(call.request)) });
      answer(change(), callback);
    },
    Settings: (_call: ServerUnaryCall<object, SettingsReport>, callback: sendUnaryData<SettingsReport>) => {
      callback(null, options.settings());
    },
    ChangeSettings: (
      call: ServerUnaryCall<SettingsRequest, SettingsReport>,
      callback: sendUnaryData<SettingsReport>,
    ) => {
      answer(options.changeSettings(call.request.changes), callback);
    },
  });
}

/** @throws AdminRefusal INVALID_ARGUMENT */
function changeOf({ nodeId, add, promote, remove }: ChangeMembersRequest): MemberChange {
  const id = nodeId as NodeId;
  if (add !== undefined && add !== null) {
    const standing = add.learner ? 'learner' : 'joining';
    return { kind: 'add', nodeId: id, address: add.address, standing, replaces: add.replaces as NodeId | '' };
  }
  if (promote !== undefined && promote !== null) return { kind: 'promote', nodeId: id };
  if (remove !== undefined && remove !== null) return { kind: 'remove', nodeId: id };
  throw new AdminRefusal('INVALID_ARGUMENT', 'the request names no change');
}

function answer<Answer>(promise: Promise<Answer>, callback: sendUnaryData<Answer>): void {
  promise.then(
    (value) => callback(null, value),
    (error: unknown) => callback(statusOfError(error)),
  );
}
