import { setTimeout as delay } from 'node:timers/promises';
import { withClient } from '../cluster-client.ts';
import { surveyCluster } from '../cluster-status.ts';
import type { CommonOptions } from '../common-options.ts';
import type { CommandContext } from '../context.ts';
import { exitCodes } from '../exit-code.ts';
import { untilSignal } from '../interruption.ts';
import { writeJson, writeLine, writeMessage } from '../output.ts';
import { clusterChanges, clusterChangeText } from './cluster-changes.ts';
import { EventStream } from './event-stream.ts';
import { stateEventJson, stateEventText } from './event-view.ts';

/** Between two looks at who leads and who answers. */
const lookMs = 1_000;

/** Until a signal of the process. @throws ClusterUnavailable, and what a watch of the client throws */
export async function showEvents(
  context: CommandContext,
  options: CommonOptions & { readonly fromRevision: number | undefined },
): Promise<number> {
  return await untilSignal(context.signals, async (ending) => {
    // A failure of the one ends the other.
    const failing = new AbortController();
    const signal = AbortSignal.any([ending, failing.signal]);
    await withClient(context, { ...options, signal }, async (client, firstCall) => {
      const { fromRevision } = options;
      const onForgotten = (oldest: number): Promise<void> =>
        writeMessage(context.stderr, `what was before revision ${oldest} is not remembered`);
      const stream = await firstCall((timeoutMs) =>
        EventStream.open(client, { fromRevision, onForgotten, timeoutMs, signal }),
      );
      await writeMessage(context.stderr, `events from ${stream.startRevision}`);
      try {
        await Promise.all([writeStateEvents(context, stream, options.json), watchNodes(context, options, signal)]);
      } finally {
        failing.abort();
      }
    });
    return exitCodes.success;
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
