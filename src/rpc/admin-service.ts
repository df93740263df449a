import { Metadata, type ServerUnaryCall, type StatusObject, type sendUnaryData, status } from '@grpc/grpc-js';
import type { MemberChange } from '../replica/member-change.ts';
import type { NodeId } from '../wire/identifiers.ts';
import {
  adminDefinition,
  type ChangeMembersAnswer,
  type ChangeMembersRequest,
  type NodeReport,
  type TransferAnswer,
  type TransferRequest,
} from './admin-definition.ts';
import { refusalKey } from './admin-refusal.ts';
import type { RpcServer } from './rpc-server.ts';

export interface AdminServiceOptions {
  readonly report: () => NodeReport;
  /** Undefined: to the member that has accepted most. Resolves with the new leader, or '' if it is not known yet. */
  readonly transferLeadership: (to: string | undefined) => Promise<string>;
  /** Resolves with the slot since which the members are so; 0: they were so before. */
  readonly changeMembers: (change: MemberChange) => Promise<number>;
}

export type AdminRefusalReason = 'NOT_LEADER' | 'BUSY' | 'INVALID_ARGUMENT' | 'TIMEOUT' | 'UNAVAILABLE';

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
  BUSY: status.RESOURCE_EXHAUSTED,
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
      answer(async () => ({ leaderId: await options.transferLeadership(to === '' ? undefined : to) }), callback);
    },
    ChangeMembers: (
      call: ServerUnaryCall<ChangeMembersRequest, ChangeMembersAnswer>,
      callback: sendUnaryData<ChangeMembersAnswer>,
    ) => {
      answer(async () => ({ slot: await options.changeMembers(changeOf(call.request)) }), callback);
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

function answer<Answer>(work: () => Promise<Answer>, callback: sendUnaryData<Answer>): void {
  work().then(
    (value) => callback(null, value),
    (error: unknown) => {
      if (error instanceof AdminRefusal) callback(refusalStatus(error));
      else callback({ code: status.INTERNAL, details: String(error) });
    },
  );
}

function refusalStatus({ code, message }: AdminRefusal): Partial<StatusObject> {
  const metadata = new Metadata();
  metadata.set(refusalKey, code);
  return { code: statusOf[code], details: message, metadata };
}
