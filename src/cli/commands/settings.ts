import { type Command, InvalidArgumentError } from 'commander';
import type { SettingChange, SettingsReport } from '../../rpc/admin-client.ts';
import { addCommonOptions, type CommonOptions, commonOptions } from '../common-options.ts';
import type { CommandContext } from '../context.ts';
import { exitCodes } from '../exit-code.ts';
import { CommandFailure, failureCode, UsageFailure } from '../failure.ts';
import { LeaderCalls } from '../membership/leader-calls.ts';
import { writeJson, writeLine } from '../output.ts';
import { formatSize, parseSize } from '../size.ts';
import { addExamples, type CommandModule } from './command-module.ts';

const answerTimeoutMs = 5_000;

/** Under their names on the command line. */
const known = {
  quota: { setting: 'quotaBytes', isSize: true },
  'history-revisions': { setting: 'historyRevisions', isSize: false },
  'history-bytes': { setting: 'historyBytes', isSize: true },
} as const;
const names = Object.keys(known) as readonly (keyof typeof known)[];

const settingsHelp = `
Settings belong to the cluster, not to a node: they are kept in the replicated state, and a change is in force on all nodes at the same
point of the log: for every command that comes after it. "default" as a value makes one what it is without having been set.

  quota              what the state may take: past it, what grows is refused with QUOTA_EXCEEDED; at least 1MiB
  history-revisions  so much history is kept for watches and reads of the past
  history-bytes      likewise; at least 64KiB`;

export const addSettings: CommandModule = (parent, context, complete) => {
  const group = parent.command('settings').description('show the settings of the cluster, or change them');
  addCommonOptions(group, { json: 'print {featureLevel,version,residentBytes,settings}' });
  addExamples(group, [
    ['conclave settings', 'what is in force'],
    ['conclave settings set quota=2GiB', 'at most so much state'],
    ['conclave settings set history-bytes=16MiB quota=default', 'several at once'],
  ]);
  group.addHelpText('after', settingsHelp);
  group.action(async (_options: unknown, self: Command) => {
    complete(await show(context, commonOptions(self, context.environment)));
  });
  const set = group
    .command('set')
    .description('change settings, all of the given ones or none')
    .argument('<name=value...>', 'such as quota=2GiB', parseChange);
  addCommonOptions(set, { json: 'print {featureLevel,version,residentBytes,settings}' });
  addExamples(set, [['conclave settings set quota=2GiB', 'in force for whatever comes after it']]);
  set.action(async (changes: readonly SettingChange[], _options: unknown, self: Command) => {
    complete(await change(context, changes, commonOptions(self, context.environment)));
  });
};

async function show(context: CommandContext, options: CommonOptions): Promise<number> {
  const calls = new LeaderCalls(context, options);
  const report = await calls.ask(({ endpoint }) => context.settings(endpoint, timeoutOf(options)));
  return await print(context, report, options);
}

async function change(
  context: CommandContext,
  changes: readonly SettingChange[],
  options: CommonOptions,
): Promise<number> {
  const twice = changes.find(({ name }, at) => changes.findIndex((other) => other.name === name) !== at);
  if (twice !== undefined) throw new UsageFailure(`${nameOf(twice.name)} is given twice`);
  // Between an attempt and the next, somebody else may have changed the same: only what was surely not done is tried again.
  const report = await new LeaderCalls(context, options).ask(async ({ endpoint }) => {
    try {
      return { changed: await context.changeSettings(endpoint, changes, timeoutOf(options)) };
    } catch (error) {
      if (failureCode(error) === 'NOT_LEADER') throw error;
      return { failed: error };
    }
  });
  if ('changed' in report) return await print(context, report.changed, options);
  throw underOurNames(report.failed);
}

/** The service calls settings as the state does. */
function nameOf(setting: string): string {
  return names.find((name) => known[name].setting === setting) ?? setting;
}

function underOurNames(error: unknown): unknown {
  if (!(error instanceof Error) || failureCode(error) !== 'INVALID_ARGUMENT') return error;
  const message = error.message.replace(/\w+/g, (word) => nameOf(word));
  return new CommandFailure('INVALID_ARGUMENT', message, { cause: error });
}

function timeoutOf({ timeoutMs = answerTimeoutMs }: CommonOptions): number {
  return timeoutMs;
}

async function print(context: CommandContext, report: SettingsReport, options: CommonOptions): Promise<number> {
  if (options.json) {
    const { featureLevel, version, residentBytes } = report;
    const settings = Object.fromEntries(report.settings.map(({ name, value }) => [name, value]));
    await writeJson(context.stdout, { featureLevel, version, residentBytes, settings });
    return exitCodes.success;
  }
  for (const name of names) {
    const { setting, isSize } = known[name];
    const found = report.settings.find((one) => one.name === setting);
    if (found === undefined) continue;
    const value = isSize ? formatSize(found.value) : String(found.value);
    await writeLine(context.stdout, `${name}\t${value}${found.isDefault ? '\t(default)' : ''}`);
  }
  return exitCodes.success;
}

function parseChange(text: string, before: readonly SettingChange[] = []): readonly SettingChange[] {
  const [name = '', value = '', ...rest] = text.split('=');
  const rule = known[name as keyof typeof known];
  if (!Object.hasOwn(known, name) || rest.length > 0) {
    throw new InvalidArgumentError(`It is NAME=VALUE, where the name is one of ${names.join(', ')}.`);
  }
  return [...before, { name: rule.setting, value: value === 'default' ? 0 : parseValue(value, rule.isSize) }];
}

function parseValue(text: string, isSize: boolean): number {
  const value = isSize ? parseSize(text) : /^\d+$/.test(text) ? Number(text) : undefined;
  if (value !== undefined && value > 0 && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError(
    isSize ? 'The value is a size such as 512MiB, or default.' : 'The value is a whole number from 1 on, or default.',
  );
}
