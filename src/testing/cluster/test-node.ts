import type { NodeReport } from '../../rpc/admin-definition.ts';

/** A node of a test cluster, whose fate the test decides. Data and addresses outlive its restarts. */
export interface TestNode {
  readonly id: string;
  /** HOST:PORT for clients and peers, without a proxy between. */
  readonly address: string;
  /** HOST:PORT of /livez, /readyz and /metrics. */
  readonly httpAddress: string;
  readonly dataDir: string;
  /** Where its log is appended, one JSON object per line. */
  readonly logFile: string;
  /** Started and not ended, be it by itself. A paused node is running. */
  readonly running: boolean;
  readonly paused: boolean;
  /** Resolves once its ports are served. Rejects if it is running, or ends before. */
  start(): Promise<void>;
  /** In good order: hands leadership over, says goodbye to clients. */
  stop(): Promise<void>;
  /** Without a word. */
  kill(): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** What it says of itself; undefined if it does not answer. */
  report(): Promise<NodeReport | undefined>;
}

/** What nodes in this process and in processes of their own are made of. */
export interface TestNodeOptions {
  readonly id: string;
  readonly address: string;
  readonly httpAddress: string;
  readonly dataDir: string;
  readonly logFile: string;
  /** Of all members: `n1=HOST:PORT,n2=…`. */
  readonly initial: string;
  /** It is to be taken in by a cluster that exists, to which `initial` leads. */
  readonly join: boolean;
  /** Where it reaches others, if not under their address in `initial`. */
  readonly dial: string | undefined;
  /** Further settings of the node, by name. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Its ports are served. */
  readonly onUp: () => Promise<void>;
  /** It has ended, however that came about. */
  readonly onDown: () => Promise<void>;
}

/** A node's port, of its address. */
export function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}
