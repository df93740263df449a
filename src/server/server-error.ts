/** Why a node cannot be started, beside what is wrong with its data directory (StorageError). The codes are stable. */
export type ServerErrorCode =
  /** A setting is missing, unknown, or out of its range. */
  | 'INVALID_CONFIG'
  | 'CONFIG_NOT_READABLE'
  /** An address that is not loopback, without `insecure`. */
  | 'INSECURE_ADDRESS'
  /** The data directory belongs to a cluster of another name, or with other members. */
  | 'DIFFERENT_INITIAL'
  | 'PORT_IN_USE'
  /** The address is not one of this machine, or the port needs a privilege. */
  | 'ADDRESS_NOT_AVAILABLE';

/** A node could not be started. The message says what to do. */
export class ServerError extends Error {
  override readonly name = 'ServerError';
  readonly code: ServerErrorCode;

  constructor(code: ServerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
