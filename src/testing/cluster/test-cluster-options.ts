import type { ConnectOptions } from '../../client/index.ts';
import type { ServerConfig } from '../../server/index.ts';

/** Settings of `conclave serve` that a test may want otherwise; the cluster sees to the rest. */
export type TestClusterSettings = Partial<
  Omit<ServerConfig, 'id' | 'dataDir' | 'listen' | 'http' | 'initial' | 'dial' | 'insecure'>
>;

export interface TestClusterOptions {
  /** Default 3. */
  readonly nodes?: 1 | 3 | 5 | undefined;
  /**
   * `inProcess` (default): all nodes in this process, which is the faster start; none can be paused alone. `processes`: each
   * is a `conclave serve` that can be killed and paused in earnest; they end when this process does.
   */
  readonly mode?: 'inProcess' | 'processes' | undefined;
  /** For the data and logs of all nodes. Default: a new temporary directory, removed by `close`. */
  readonly directory?: string | undefined;
  readonly settings?: TestClusterSettings | undefined;
  /** False: nodes dial each other directly, for measurements; there are no partitions then. Default true. */
  readonly proxies?: boolean | undefined;
  /** Arguments of Node.js itself, such as `--cpu-prof`, in mode `processes`. */
  readonly nodeArguments?: readonly string[] | undefined;
}

export interface TestConnectOptions extends ConnectOptions {
  /** Connects through links of its own, which `cutClient` can cut. Default: directly. */
  readonly clientName?: string | undefined;
}
