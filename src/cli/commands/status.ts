import { setTimeout as delay } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { probeTimeoutMs } from '../cluster-probe.ts';
import { type ClusterSurvey, surveyCluster } from '../cluster-status.ts';
import { addCommonOptions, type CommonOptions, commonOptions } from '../common-options.ts';
import type { CommandContext } from '../context.ts';
import { parseDuration } from '../duration.ts';
import { exitCodes } from '../exit-code.ts';
import { ClusterUnavailable, describeFailure } from '../failure.ts';
import { Screen } from '../observe/screen.ts';
import { type ObservedCluster, statusJson, statusText } from '../observe/status-view.ts';
import { untilEnded } from '../observe/until-ended.ts';
import { readAllVitals } from '../observe/vitals-reading.ts';
import { writeJson, writeLine, writeMessage } from '../output.ts';
import { addExamples, type CommandModule } from './command-module.ts';

const defaultIntervalMs = 1_000;

const statusHelp = `
BEHIND is in slots. ROUND TRIP is the median from a heartbeat of the leader to the answer. FSYNC (until a record of the journal is
durable), COMMIT (until a proposed slot is chosen, by its leader) and LOOP (how late timers are) are 99th percentiles. JOURNAL is what
came since the newest checkpoint. What a node has not done, or does not tell, is "-".`;

export const addStatus: CommandModule = (parent, context, complete) => {
  const command = parent
    .command('status')
    .description('show the leader, every member, and how they are; exit code 69 without a leader')
    .option('--watch', 'keep it on the screen until Ctrl-C')
    .addOption(new Option('--interval <duration>', 'with --watch: how often (default: 1s)').argParser(parseDuration));
  addCommonOptions(command, {
    timeout: 'how long to wait for a node to answer (default: 1s)',
    json: 'print {clusterId,leader,revision,featureLevel,residentBytes,quotaBytes,failureTolerance,membersSlot,members}',
  });
  addExamples(command, [
    ['conclave status', 'two tables: the members, and how they are'],
    ['conclave status --watch', 'again and again, on one screen'],
    ['conclave status --json', 'for programs; with --watch one object per line'],
    ['conclave status --endpoints 127.0.0.1:7101', 'one node is enough: it names the others'],
  ]);
  command.addHelpText('after', statusHelp);
  command.action(async (own: { watch?: true; interval?: number }, self: Command) => {
    const options = commonOptions(self, context.environment);
    const intervalMs = own.interval ?? defaultIntervalMs;
    complete(own.watch === true ? await watchStatus(context, options, intervalMs) : await showStatus(context, options));
  });
};

async function showStatus(context: CommandContext, options: CommonOptions): Promise<number> {
  const { survey, observed } = await observe(context, options);
  if (options.json) await writeJson(context.stdout, statusJson(observed));
  else await writeLine(context.stdout, statusText(observed, context));
  if (survey.status.leader !== null) return exitCodes.success;
  const failure = describeFailure(new ClusterUnavailable(survey.reports, undefined));
  for (const line of failure.lines) await writeMessage(context.stderr, line);
  return exitCodes.unavailable;
}

async function watchStatus(context: CommandContext, options: CommonOptions, intervalMs: number): Promise<number> {
  const screen = new Screen(context.stdout);
  return await untilEnded(context.signals, async (signal) => {
    for (;;) {
      const { observed } = await observe(context, options);
      if (options.json) await writeJson(context.stdout, statusJson(observed));
      else await screen.show(statusText(observed, context));
      await delay(intervalMs, undefined, { signal });
    }
  });
}

async function observe(
  context: CommandContext,
  { endpoints, timeoutMs = probeTimeoutMs }: CommonOptions,
): Promise<{ readonly survey: ClusterSurvey; readonly observed: ObservedCluster }> {
  const survey = await surveyCluster(context, endpoints, timeoutMs);
  const vitals = await readAllVitals(context, survey.reports, timeoutMs);
  return { survey, observed: { cluster: survey.status, vitals } };
}
