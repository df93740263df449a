/** Where a node's data lies while it is down, and where an older copy of the same directory is. */
export interface DamageScene {
  readonly directory: string;
  readonly older: string;
}

/** What a node may make of a damage. `either`: it depends on what the damaged bytes were for. */
export type Expectation = 'serves' | 'refuses' | 'is taken in' | 'either';

/** Something that happens to a data directory while its node is down. */
export interface Damage {
  /** A file or directory as the table names it: `journal/*.log`. */
  readonly part: string;
  /** What happens to it: `emptied`. */
  readonly deed: string;
  readonly expected: Expectation;
  /** Of a refusal, what the message has to name. */
  readonly names: RegExp;
  readonly inflict: (scene: DamageScene) => Promise<void>;
}
