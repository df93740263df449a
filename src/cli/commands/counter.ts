import type { Command } from 'commander';
import { withClient } from '../cluster-client.ts';
import { addCommonOptions, type CommonOptions, commonOptions } from '../common-options.ts';
import type { CommandContext } from '../context.ts';
import { exitCodes } from '../exit-code.ts';
import { writeJson, writeLine } from '../output.ts';
import { addExamples, type CommandModule } from './command-module.ts';

export const addCounter: CommandModule = (parent, context, complete) => {
  const group = addCommonOptions(parent.command('counter').description('draw sequence numbers'));
  addExamples(group, [['conclave counter next orders', 'a number that nobody else gets, larger than all before it']]);
  const command = group.command('next').description('print the next number of a counter').argument('<name>');
  addCommonOptions(command, { json: 'print {name,value}; the value is a string, for it may have 64 bits' });
  addExamples(command, [
    ['conclave counter next orders', '42'],
    ['conclave counter next orders --json', '{"name":"orders","value":"42"}'],
  ]);
  command.action(async (name: string, _options: unknown, self: Command) => {
    complete(await counterNext(context, name, commonOptions(self, context.environment)));
  });
};

async function counterNext(context: CommandContext, name: string, options: CommonOptions): Promise<number> {
  const number = await withClient(context, options, (client, firstCall) =>
    firstCall((timeoutMs) => client.counter(name).next({ timeoutMs })),
  );
  const value = String(number);
  if (options.json) await writeJson(context.stdout, { name, value });
  else await writeLine(context.stdout, value);
  return exitCodes.success;
}
