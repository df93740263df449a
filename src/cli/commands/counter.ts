import { type Command, Option } from 'commander';
import { addCommonOptions, commonOptions } from '../common-options.ts';
import { compareAndSetCounter, getCounter, nextBlock, nextNumber, setCounter } from '../counter/counter-runs.ts';
import { parseCounterValue, parsePositive } from '../number-words.ts';
import { addExamples, type CommandModule } from './command-module.ts';

const settingHelp = `
The value of a counter is the last number that it has given out. One that is set to less gives numbers out again.`;

export const addCounter: CommandModule = (parent, context, complete) => {
  const group = addCommonOptions(
    parent.command('counter').description('draw sequence numbers, look at them, set them'),
  );
  addExamples(group, [
    ['conclave counter next orders', 'a number that nobody else gets, larger than all before it'],
    ['conclave counter get orders', 'the last one that was given out'],
    ['conclave counter compare-and-set orders 42 1000', 'unless somebody has drawn one since'],
  ]);

  const next = group
    .command('next')
    .description('print the next number of a counter')
    .argument('<name>')
    .addOption(new Option('--block <number>', 'so many; the first and the last are printed').argParser(parsePositive));
  addCommonOptions(next, {
    json: 'print {name,value}, with --block {name,first,last}; values are strings, for they may have 64 bits',
  });
  addExamples(next, [
    ['conclave counter next orders', '42'],
    ['conclave counter next orders --block 100', '43 142'],
    ['conclave counter next orders --json', '{"name":"orders","value":"42"}'],
  ]);
  next.action(async (name: string, { block }: { block?: number }, self: Command) => {
    const options = commonOptions(self, context.environment);
    complete(
      await (block === undefined ? nextNumber(context, name, options) : nextBlock(context, name, block, options)),
    );
  });

  const get = group
    .command('get')
    .description('print the last number that a counter has given out, 0 at first')
    .argument('<name>');
  addCommonOptions(get, { json: 'print {name,value}; the value is a string, for it may have 64 bits' });
  addExamples(get, [['conclave counter get orders', '142']]);
  get.action(async (name: string, _options: unknown, self: Command) => {
    complete(await getCounter(context, name, commonOptions(self, context.environment)));
  });

  const set = group
    .command('set')
    .description('set a counter, whatever it was')
    .argument('<name>')
    .argument('<value>', 'what it is to have given out last', parseCounterValue);
  addCommonOptions(set, { json: 'print {name,value,previous}; values are strings' });
  addExamples(set, [['conclave counter set orders 1000', 'the next one is 1001']]);
  set.addHelpText('after', settingHelp);
  set.action(async (name: string, value: bigint, _options: unknown, self: Command) => {
    complete(await setCounter(context, name, value, commonOptions(self, context.environment)));
  });

  const swap = group
    .command('compare-and-set')
    .description('set a counter if it is what it is thought to be; exit code 1 if it is not')
    .argument('<name>')
    .argument('<expected>', 'what it has to be', parseCounterValue)
    .argument('<value>', 'what it is to have given out last', parseCounterValue);
  addCommonOptions(swap, { json: 'print {name,set}' });
  addExamples(swap, [['conclave counter compare-and-set orders 42 1000', 'unless somebody has drawn one since']]);
  swap.addHelpText('after', settingHelp);
  swap.action(async (name: string, expected: bigint, value: bigint, _options: unknown, self: Command) => {
    complete(await compareAndSetCounter(context, name, expected, value, commonOptions(self, context.environment)));
  });
};
