import type { NodeReport } from '../rpc/admin-definition.ts';
import type { NodeId } from '../wire/identifiers.ts';
import type { NodeHalt } from './halt.ts';

/** A node that has been started. */
export interface RunningNode {
  readonly id: NodeId;
  /** host:port where clients and peers are served. */
  readonly address: string;
  readonly httpAddress: string;
  /** Resolves if the node stops by itself, because it must not go on. The process should then end, with the exit code given. */
  readonly halted: Promise<NodeHalt>;
  report(): NodeReport;
  /** Hands leadership over, says goodbye to the clients, closes journal and checkpoints; in two seconds at most. Idempotent. */
  stop(): Promise<void>;
  /**
   * For tests of fail-over: as if the process were killed, as nearly as one process can. From now on nothing leaves, and the
   * connections are cut. Resolves once journal and checkpoints are closed, which waits for a write that is under way. Idempotent.
   */
  kill(): Promise<void>;
}
