import { setTimeout as delay } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { withClient } from '../cluster-client.ts';
import { surveyCluster } from '../cluster-status.ts';
import { addCommonOptions, type CommonOptions, commonOptions } from '../common-options.ts';
import type { CommandContext } from '../context.ts';
import { clusterChanges, clusterChangeText } from '../observe/cluster-changes.ts';
import { EventStream } from '../observe/event-stream.ts';
import { stateEventJson, stateEventText } from '../observe/event-view.ts';
import { parseCount } from '../observe/limit-option.ts';
import { untilEnded } from '../observe/until-ended.ts';
import { writeJson, writeLine, writeMessage } from '../output.ts';
import { addExamples, type CommandModule } from './command-module.ts';

/** Between two looks at who leads and who answers. */
const lookMs = 1_000;

const eventsHelp = `
What happens to the state comes in the order of revisions, nothing missing and nothing twice, within a second or so. Who leads and who
answers is looked at every second: what has changed in between and changed back is not seen. Those lines begin with "-", for they have no
revision. A value of more than 200 bytes is told by its size; --json has all of it.`;

export const addEvents: CommandModule = (parent, context, complete) => {
  const command = parent
    .command('events')
    .description('print everything that happens, until Ctrl-C: keys, locks, counters, sessions, leaders, members')
    .addOption(new Option('--from <revision>', 'from this revision on (default: from now)').argParser(parseCount));
  addCommonOptions(command, {
    timeout: 'how long to try until it has begun (default: 5s in all)',
    json: 'print one object per line: {type,…}, with {revision} where there is one',
  });
  addExamples(command, [
    ['conclave events', '17 lock jobs/1 held by session 11, exclusive, token 17'],
    ['conclave events --from 1', 'first what happened before, as far as the cluster remembers'],
    ['conclave events --json', '{"revision":18,"type":"put","key":"a","value":"1"}'],
  ]);
  command.addHelpText('after', eventsHelp);
  command.action(async (own: { from?: number }, self: Command) => {
    complete(await showEvents(context, { ...commonOptions(self, context.environment), fromRevision: own.from }));
  });
};

async function showEvents(
  context: CommandContext,
  options: CommonOptions & { readonly fromRevision: number | undefined },
): Promise<number> {
  return await untilEnded(context.signals, async (ending) => {
    // A failure of the one ends the other.
    const failing = new AbortController();
    const signal = AbortSignal.any([ending, failing.signal]);
    await withClient(context, { ...options, signal }, async (client, firstCall) => {
      const { fromRevision } = options;
      const stream = await firstCall((timeoutMs) => EventStream.open(client, { fromRevision, timeoutMs, signal }));
      await writeMessage(context.stderr, `events from ${stream.startRevision}`);
      try {
        await Promise.all([writeStateEvents(context, stream, options.json), watchNodes(context, options, signal)]);
      } finally {
        failing.abort();
      }
    });
  });
}

async function writeStateEvents({ stdout }: CommandContext, stream: EventStream, json: boolean): Promise<void> {
  await stream.run(async (revision, events) => {
    for (const event of events) {
      if (json) await writeJson(stdout, stateEventJson(revision, event));
      else await writeLine(stdout, stateEventText(revision, event));
    }
  });
}

async function watchNodes(context: CommandContext, options: CommonOptions, signal: AbortSignal): Promise<void> {
  let { status: before } = await surveyCluster(context, options.endpoints);
  for (;;) {
    await delay(lookMs, undefined, { signal });
    const { status: now } = await surveyCluster(context, options.endpoints);
    for (const change of clusterChanges(before, now)) {
      if (options.json) await writeJson(context.stdout, change);
      else await writeLine(context.stdout, clusterChangeText(change));
    }
    before = now;
  }
}
