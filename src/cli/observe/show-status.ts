import { setTimeout as delay } from 'node:timers/promises';
import { probeTimeoutMs } from '../cluster-probe.ts';
import { type ClusterSurvey, surveyCluster } from '../cluster-status.ts';
import type { CommonOptions } from '../common-options.ts';
import type { CommandContext } from '../context.ts';
import { exitCodes } from '../exit-code.ts';
import { ClusterUnavailable, describeFailure } from '../failure.ts';
import { untilGivenUp, untilSignal } from '../interruption.ts';
import { writeJson, writeLine, writeMessage } from '../output.ts';
import { Screen } from './screen.ts';
import { type ObservedCluster, statusJson, statusText } from './status-view.ts';
import { readAllVitals } from './vitals-reading.ts';

/** Once; 69 without a leader. */
export async function showStatus(context: CommandContext, options: CommonOptions): Promise<number> {
  const { survey, observed } = await observe(context, options);
  if (options.json) await writeJson(context.stdout, statusJson(observed));
  else await writeLine(context.stdout, statusText(observed, context));
  if (survey.status.leader !== null) return exitCodes.success;
  const failure = describeFailure(new ClusterUnavailable(survey.reports, undefined));
  for (const line of failure.lines) await writeMessage(context.stderr, line);
  return exitCodes.unavailable;
}

/** Again and again, until a signal of the process. */
export async function watchStatus(
  context: CommandContext,
  options: CommonOptions,
  intervalMs: number,
): Promise<number> {
  const screen = new Screen(context.stdout);
  const watch = async (signal: AbortSignal): Promise<number> => {
    for (;;) {
      const { observed } = await observe(context, options);
      signal.throwIfAborted();
      if (options.json) await writeJson(context.stdout, statusJson(observed));
      else await screen.show(statusText(observed, context));
      await delay(intervalMs, undefined, { signal });
    }
  };
  // A node that is silent is waited for longer than anybody who ends this would.
  return await untilSignal(context.signals, (signal) => untilGivenUp(watch(signal), signal));
}

async function observe(
  context: CommandContext,
  { endpoints, timeoutMs = probeTimeoutMs }: CommonOptions,
): Promise<{ readonly survey: ClusterSurvey; readonly observed: ObservedCluster }> {
  const survey = await surveyCluster(context, endpoints, timeoutMs);
  const vitals = await readAllVitals(context, survey.reports, timeoutMs);
  return { survey, observed: { cluster: survey.status, vitals } };
}
