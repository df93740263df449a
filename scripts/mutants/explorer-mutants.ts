import { mutants } from './catalogue.ts';
import type { PlantedBug } from './mutant.ts';

/** Bugs that need a message to come very late at one very moment: the simulator meets that in one run of a thousand, if at all. */
export const rareBugs: readonly PlantedBug[] = [
  {
    name: 'counts-acceptances-in-another-ballot',
    meaning: 'a leader counts what was accepted in an earlier ballot of its own',
    edits: [
      {
        file: 'src/paxos/leader.ts',
        find: [
          'message: Accepted, effects: PaxosEffect[]): void {',
          '  const { leadership } = state;',
          '  if (leadership === undefined || !sameBallot(leadership.ballot, message.ballot)) return;',
        ].join('\n'),
        replace: [
          'message: Accepted, effects: PaxosEffect[]): void {',
          '  const { leadership } = state;',
          '  if (leadership === undefined) return;',
        ].join('\n'),
      },
    ],
  },
];

/** A planted bug that the exhaustive explorer must find, whether or not the simulator does. */
export interface ExplorerTrial {
  readonly bug: PlantedBug;
  /** For `scripts/explore.ts`, besides `--json`. */
  readonly args: readonly string[];
}

/** Which bugs the explorer must find, by name, and where it looks for each. */
const consensus = ['--model', 'consensus', '--states', '300000'];
const leases = ['--model', 'leases', '--states', '300000'];
const scopes: Readonly<Record<string, readonly string[]>> = {
  'quorum-one-too-small': consensus,
  'adopts-one-slot-only': consensus,
  'candidate-does-not-learn': consensus,
  'trusts-chosen-of-other-ballots': consensus,
  'acknowledges-older-ballots': consensus,
  'promises-a-lower-ballot': consensus,
  'promise-sent-before-durable': consensus,
  'promise-not-persisted': consensus,
  'promise-forgotten-on-restart': consensus,
  'ballot-reused-after-restart': consensus,
  'learns-across-ballots': consensus,
  'counts-acceptances-in-another-ballot': ['--scope', 'crash of a leader, slow disks', '--states', '300000'],
  'grants-do-not-bind': leases,
  'lease-counted-from-receipt': leases,
  'lease-kept-after-transfer': leases,
  'lease-ignores-drift': leases,
};

export const explorerTrials: readonly ExplorerTrial[] = Object.entries(scopes).map(([name, args]) => {
  const bug = [...mutants, ...rareBugs].find((other) => other.name === name);
  if (bug === undefined) throw new Error(`no planted bug ${name}`);
  return { bug, args };
});
