import { Metadata, type StatusObject, status } from '@grpc/grpc-js';

/** Among the trailers of a node's own refusal: a status alone could as well come from a connection that has failed. */
export const refusalKey = 'conclave-refusal';

export type AdminRefusalReason =
  | 'NOT_LEADER'
  | 'INVALID_ARGUMENT'
  | 'TIMEOUT'
  | 'UNAVAILABLE'
  | 'BUSY'
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
  BUSY: status.RESOURCE_EXHAUSTED,
  UNSUPPORTED: status.UNIMPLEMENTED,
  CONFLICT: status.ABORTED,
} as const satisfies Record<AdminRefusalReason, status>;

export function statusOfError(error: unknown): Partial<StatusObject> {
  if (error instanceof AdminRefusal) return refusalStatus(error);
  return { code: status.INTERNAL, details: String(error) };
}

function refusalStatus({ code, message }: AdminRefusal): Partial<StatusObject> {
  const metadata = new Metadata();
  metadata.set(refusalKey, code);
  return { code: statusOf[code], details: message, metadata };
}
