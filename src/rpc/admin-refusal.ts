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
