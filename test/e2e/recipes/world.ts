import type { Client } from '../../../src/client/index.ts';
import type { OutsideStore } from '../../recipes/outside-store.ts';
import type { Program } from '../program.ts';

export interface World {
  /** Of this process, which outlives everything. */
  readonly client: Client;
  /** Takes part in every recipe, and is killed; a moment later, so is the leader. */
  readonly victim: Program;
  /** What the victim's distributed transactions are over. `credit` does not answer the victim when it is to commit. */
  readonly stores: Readonly<Record<'debit' | 'credit' | 'from' | 'to', OutsideStore>>;
}

/** Brings a recipe to where a death matters. What it returns is run when victim and leader are dead, and checks what was promised. */
export type Scenario = (world: World) => Promise<() => Promise<void>>;

export const soon = { timeoutMs: 15_000 } as const;
