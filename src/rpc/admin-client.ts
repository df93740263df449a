import { Client, credentials, type MethodDefinition, type ServiceError, status } from '@grpc/grpc-js';
import { assert } from '../wire/assert.ts';
import type { ErrorCode } from '../wire/errors.ts';
import {
  adminDefinition,
  type ChangeMembersAnswer,
  type ChangeMembersRequest,
  type NodeReport,
  type SettingChange,
  type SettingsReport,
  type SettingsRequest,
  type TransferAnswer,
  type TransferRequest,
} from './admin-definition.ts';
import { refusalKey } from './admin-refusal.ts';
import { dialOptions } from './grpc-options.ts';

export type {
  ChangeMembersRequest,
  NodeReport,
  NodeState,
  ReportedMember,
  SettingChange,
  SettingsReport,
} from './admin-definition.ts';

export interface AdminCallOptions {
  readonly timeoutMs: number;
}

interface AdminCallErrorOptions extends ErrorOptions {
  readonly refused?: boolean;
  /** There was no connection. */
  readonly unsent?: boolean;
}

/** A node did not answer an operator, or refused. `code` is one of the table of errors. */
export class AdminCallError extends Error {
  override readonly name = 'AdminCallError';
  readonly code: ErrorCode;
  /** The node itself has said so. */
  readonly refused: boolean;
  /** Of what was asked for. */
  readonly outcome: 'not-applied' | 'unknown';

  constructor(code: ErrorCode, message: string, { cause, refused = false, unsent = false }: AdminCallErrorOptions) {
    super(message, { cause });
    this.code = code;
    this.refused = refused;
    this.outcome = unsent || (refused && code !== 'TIMEOUT') ? 'not-applied' : 'unknown';
  }
}

/** What the node at `address` (host:port) says of itself. @throws AdminCallError UNAVAILABLE, TIMEOUT */
export function requestStatus(address: string, options: AdminCallOptions): Promise<NodeReport> {
  return callAdmin<NodeReport>(address, 'Status', {}, options);
}

/**
 * Asks the leader at `address` to hand over, to a member or to the one that has accepted most. Resolves with the new leader
 * or, if it is not known yet, ''.
 *
 * @throws AdminCallError NOT_LEADER, INVALID_ARGUMENT, TIMEOUT, UNAVAILABLE
 */
export async function requestTransfer(
  address: string,
  to: string | undefined,
  options: AdminCallOptions,
): Promise<string> {
  const request: TransferRequest = { to: to ?? '' };
  const { leaderId } = await callAdmin<TransferAnswer>(address, 'TransferLeadership', request, options);
  return leaderId;
}

/** As the node at `address` has applied them. @throws AdminCallError UNAVAILABLE, TIMEOUT, UNSUPPORTED */
export function requestSettings(address: string, options: AdminCallOptions): Promise<SettingsReport> {
  return callAdmin<SettingsReport>(address, 'Settings', {}, options);
}

/**
 * Asks the leader at `address` to change settings. Resolves with all of them, once the change is in force.
 *
 * @throws AdminCallError NOT_LEADER, INVALID_ARGUMENT, UNSUPPORTED, CONFLICT, TIMEOUT, UNAVAILABLE
 */
export function requestSettingsChange(
  address: string,
  changes: readonly SettingChange[],
  options: AdminCallOptions,
): Promise<SettingsReport> {
  const request: SettingsRequest = { changes };
  return callAdmin<SettingsReport>(address, 'ChangeSettings', request, options);
}

/**
 * Asks the leader at `address` for other members. Resolves with the slot since which they are so; 0: they were so before.
 *
 * @throws AdminCallError NOT_LEADER, BUSY, INVALID_ARGUMENT, TIMEOUT, UNAVAILABLE
 */
export async function requestMemberChange(
  address: string,
  request: ChangeMembersRequest,
  options: AdminCallOptions,
): Promise<number> {
  const { slot } = await callAdmin<ChangeMembersAnswer>(address, 'ChangeMembers', request, options);
  return slot;
}

/** One call of the service Admin, by its name; the caller knows what it takes and gives. @throws AdminCallError */
export function callAdmin<Answer>(
  address: string,
  name: string,
  request: object,
  options: AdminCallOptions,
): Promise<Answer> {
  const method: MethodDefinition<object, Answer> | undefined = adminDefinition[name];
  assert(method !== undefined, `Admin has the method ${name}`);
  const client = new Client(address, credentials.createInsecure(), dialOptions);
  return new Promise<Answer>((resolve, reject) => {
    const deadline = Date.now() + options.timeoutMs;
    const { path, requestSerialize, responseDeserialize } = method;
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, { deadline }, (error, answer) => {
      client.close();
      if (error !== null) reject(asAdminCallError(address, error));
      else if (answer === undefined) reject(new AdminCallError('INTERNAL', `${address} gave no answer`, {}));
      else resolve(answer);
    });
  });
}

export function asAdminCallError(address: string, error: ServiceError): AdminCallError {
  const unsent = error.details.includes('ECONNREFUSED');
  const details = unsent ? 'connection refused' : error.details;
  const refused = error.metadata.get(refusalKey).length > 0;
  return new AdminCallError(codeOf(error.code), `${address}: ${details}`, { cause: error, refused, unsent });
}

function codeOf(code: status): ErrorCode {
  switch (code) {
    case status.UNAVAILABLE:
    case status.CANCELLED:
      return 'UNAVAILABLE';
    case status.DEADLINE_EXCEEDED:
      return 'TIMEOUT';
    case status.FAILED_PRECONDITION:
      return 'NOT_LEADER';
    case status.INVALID_ARGUMENT:
      return 'INVALID_ARGUMENT';
    case status.RESOURCE_EXHAUSTED:
      return 'BUSY';
    case status.ABORTED:
      return 'CONFLICT';
    case status.UNIMPLEMENTED:
      return 'UNSUPPORTED';
    default:
      return 'INTERNAL';
  }
}
