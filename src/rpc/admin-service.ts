import { type ServerUnaryCall, type sendUnaryData, status } from '@grpc/grpc-js';
import {
  adminDefinition,
  type NodeReport,
  type SettingChange,
  type SettingsReport,
  type SettingsRequest,
  type TransferAnswer,
  type TransferRequest,
} from './admin-definition.ts';
import type { RpcServer } from './rpc-server.ts';

export interface AdminServiceOptions {
  readonly report: () => NodeReport;
  /** Undefined: to the member that has accepted most. Resolves with the new leader, or '' if it is not known yet. */
  readonly transferLeadership: (to: string | undefined) => Promise<string>;
  readonly settings: () => SettingsReport;
  /** Resolves with what is in force then. */
  readonly changeSettings: (changes: readonly SettingChange[]) => Promise<SettingsReport>;
}

export type AdminRefusalReason =
  | 'NOT_LEADER'
  | 'INVALID_ARGUMENT'
  | 'TIMEOUT'
  | 'UNAVAILABLE'
  | 'UNSUPPORTED'
  | 'CONFLICT';

/** An operator's request is refused, and nothing has happened but what the message says. */
export class AdminRefusal extends Error {
  override readonly name = 'AdminRefusal';
  readonly code: AdminRefusalReason;

  constructor(code: AdminRefusalReason, message: string) {
    super(message);
    this.code = code;
  }
}

const statusOf = {
  NOT_LEADER: status.FAILED_PRECONDITION,
  INVALID_ARGUMENT: status.INVALID_ARGUMENT,
  TIMEOUT: status.DEADLINE_EXCEEDED,
  UNAVAILABLE: status.UNAVAILABLE,
  UNSUPPORTED: status.UNIMPLEMENTED,
  CONFLICT: status.ABORTED,
} as const satisfies Record<AdminRefusalReason, status>;

export function registerAdminService(server: RpcServer, options: AdminServiceOptions): void {
  server.addService(adminDefinition, {
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

function answer<Answer>(promise: Promise<Answer>, callback: sendUnaryData<Answer>): void {
  promise.then(
    (value) => callback(null, value),
    (error: unknown) => {
      if (error instanceof AdminRefusal) callback({ code: statusOf[error.code], details: error.message });
      else callback({ code: status.INTERNAL, details: String(error) });
    },
  );
}
