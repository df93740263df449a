import type { Command } from 'commander';
import { probeTimeoutMs } from '../cluster-probe.ts';
import { type ClusterStatus, surveyCluster } from '../cluster-status.ts';
import { addCommonOptions, type CommonOptions, commonOptions } from '../common-options.ts';
import type { CommandContext } from '../context.ts';
import { exitCodes } from '../exit-code.ts';
import { ClusterUnavailable } from '../failure.ts';
import { type HashComparison, isComplete, verdictOf } from '../observe/hash-comparison.ts';
import { observeHashes } from '../observe/observe-hashes.ts';
import { writeTable } from '../observe/write-table.ts';
import { writeJson, writeLine } from '../output.ts';
import { addExamples, type CommandModule } from './command-module.ts';

const defaultTimeoutMs = 5_000;

const hashHelp = `
The same log makes the same state: after one slot, all nodes have the same hash. Exit code 1: they differ, or there was no slot after
which all that answer were seen, as when one is far behind. If they differ, keep the data directories, and see inspect.`;

export const addHash: CommandModule = (parent, context, complete) => {
  const command = parent
    .command('hash')
    .description('compare the states of all members, by their hashes after one slot');
  addCommonOptions(command, {
    timeout: 'how long to look for a slot after which all were seen (default: 5s)',
    json: 'print {slot,same,members}',
  });
  addExamples(command, [
    ['conclave hash', 'side by side, and whether they are the same'],
    ['conclave hash --json', 'for programs'],
  ]);
  command.addHelpText('after', hashHelp);
  command.action(async (_options: unknown, self: Command) => {
    complete(await compare(context, commonOptions(self, context.environment)));
  });
};

async function compare(context: CommandContext, options: CommonOptions): Promise<number> {
  const endMs = performance.now() + (options.timeoutMs ?? defaultTimeoutMs);
  for (;;) {
    const { status, reports } = await surveyCluster(context, options.endpoints);
    const comparison = await observeHashes(context, reports, probeTimeoutMs);
    if (comparison.members.length === 0 && status.clusterId === null) throw new ClusterUnavailable(reports, undefined);
    if (comparison.same === false || isComplete(comparison) || performance.now() >= endMs) {
      return await show(context, status, comparison, options.json);
    }
  }
}

async function show(
  context: CommandContext,
  cluster: ClusterStatus,
  comparison: HashComparison,
  json: boolean,
): Promise<number> {
  const { slot, same } = comparison;
  const members = cluster.members.map(({ id, state }) => {
    const compared = comparison.members.find((member) => member.id === id);
    return { id, state, slot: compared?.slot ?? null, hash: compared?.hash ?? null };
  });
  if (json) {
    await writeJson(context.stdout, { slot, same, members });
  } else {
    const rows = members.map((member) =>
      [member.id, member.state, member.slot, member.hash].map((cell) => String(cell ?? '-')),
    );
    await writeTable(context, ['MEMBER', 'STATE', 'SLOT', 'HASH'], rows);
    await writeLine(context.stdout, verdictOf(comparison));
  }
  return same !== false && isComplete(comparison) ? exitCodes.success : exitCodes.failure;
}
