import type { Command } from 'commander';
import { addCommonOptions, type CommonOptions, commonOptions } from '../common-options.ts';
import type { CommandContext } from '../context.ts';
import { exitCodes } from '../exit-code.ts';
import { LeaderCalls } from '../membership/leader-calls.ts';
import { parseNodeId } from '../membership/member-words.ts';
import { writeJson, writeLine } from '../output.ts';
import { addExamples, type CommandModule } from './command-module.ts';

/** More than a leader takes to find out that nobody takes over. */
const transferTimeoutMs = 10_000;

export const addLeaderCommands: CommandModule = (parent, context, complete) => {
  const group = addCommonOptions(parent.command('leader').description('hand leadership over'));
  addExamples(group, [['conclave leader transfer n2', 'n2 is to lead']]);
  const transfer = group
    .command('transfer')
    .description('have another voter lead; no request fails by that')
    .argument('[id]', 'of the voter that is to lead (default: the one that has accepted most)', parseNodeId);
  addCommonOptions(transfer, {
    timeout: 'how long to try (default: 4s)',
    json: 'print {changed,leader}',
  });
  addExamples(transfer, [
    ['conclave leader transfer', 'to whoever is best prepared'],
    ['conclave leader transfer n2', 'n2 leads'],
  ]);
  transfer.action(async (id: string | undefined, _options: unknown, self: Command) => {
    complete(await transferLeadership(context, id, commonOptions(self, context.environment)));
  });
};

async function transferLeadership(
  context: CommandContext,
  to: string | undefined,
  options: CommonOptions,
): Promise<number> {
  const calls = new LeaderCalls(context, options);
  let before: string | undefined;
  await calls.ask(async ({ endpoint, report: { nodeId } }) => {
    before ??= nodeId;
    // Of an attempt whose answer was lost.
    const isDone = to === undefined ? nodeId !== before : nodeId === to;
    if (!isDone) await context.transferLeadership(endpoint, to, options.timeoutMs ?? transferTimeoutMs);
  });
  const leader = await calls.ask(({ report }) => Promise.resolve(report.nodeId));
  if (options.json) await writeJson(context.stdout, { changed: leader !== before, leader });
  else await writeLine(context.stdout, leader === before ? `${leader} leads already` : `${leader} leads`);
  return exitCodes.success;
}
