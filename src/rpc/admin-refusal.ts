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
