import { type Command, Option } from 'commander';
import type { ReadOptions } from '../../client/index.ts';
import { parsePositive } from '../number-words.ts';

/** As commander reads what `addReadOptions` has declared. */
export interface WrittenReadOptions {
  readonly revision?: number;
  readonly stale?: true;
}

export function addReadOptions(command: Command): Command {
  return command
    .addOption(new Option('--revision <number>', 'as it was at that revision (default: now)').argParser(parsePositive))
    .option('--stale', 'what the node at hand has, without asking the leader');
}

export function readOptionsOf({ revision, stale }: WrittenReadOptions): {
  readonly revision: number | undefined;
  readonly consistency: ReadOptions['consistency'];
} {
  return { revision, consistency: stale === true ? 'stale' : undefined };
}
