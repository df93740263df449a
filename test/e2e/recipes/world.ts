import type { Client } from '../../../src/client/index.ts';
import type { TestCluster } from '../../../src/testing/cluster/test-cluster.ts';
import type { Program } from '../program.ts';

export interface World {
  readonly cluster: TestCluster;
  /** Of this process, which outlives everything. */
  readonly client: Client;
  /** Takes part in every recipe, and is killed; a moment later, so is the leader. */
  readonly victim: Program;
}

/** Brings a recipe to where a death matters. What it returns is run when victim and leader are dead, and checks what was promised. */
export type Scenario = (world: World) => Promise<() => Promise<void>>;
