import { type ServerUnaryCall, type sendUnaryData, status } from '@grpc/grpc-js';
import { adminDefinition, type NodeReport, type TransferAnswer, type TransferRequest } from './admin-definition.ts';
import type { RpcServer } from './rpc-server.ts';

export interface AdminServiceOptions {
  readonly report: () => NodeReport;
  /** Undefined: to the member that has accepted most. Resolves with the new leader, or '' if it is not known yet. */
  readonly transferLeadership: (to: string | undefined) => Promise<string>;
}

export type AdminRefusalReason = 'NOT_LEADER' | 'INVALID_ARGUMENT' | 'TIMEOUT' | 'UNAVAILABLE';

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
      options.transferLeadership(to === '' ? undefined : to).then(
        (leaderId) => callback(null, { leaderId }),
        (error: unknown) => {
          if (error instanceof AdminRefusal) callback({ code: statusOf[error.code], details: error.message });
          else callback({ code: status.INTERNAL, details: String(error) });
        },
      );
    },
  });
}
