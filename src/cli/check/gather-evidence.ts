import { setTimeout as delay } from 'node:timers/promises';
import { withClient } from '../cluster-client.ts';
import { probeTimeoutMs } from '../cluster-probe.ts';
import { type ClusterSurvey, surveyCluster } from '../cluster-status.ts';
import type { CommonOptions } from '../common-options.ts';
import type { CommandContext } from '../context.ts';
import { observeHashes } from '../observe/observe-hashes.ts';
import { readAllVitals } from '../observe/vitals-reading.ts';
import type { Evidence, VitalsPair } from './evidence.ts';

/** Between two looks at each clock: the longer, the better its rate is known. */
const clockSpanMs = 1_000;
const readCount = 20;
/** It need not exist. */
const readKey = 'check';

/** Looks at all members, for a second and a half or so. Nothing is written. */
export async function gatherEvidence(
  context: CommandContext,
  { endpoints, timeoutMs = probeTimeoutMs }: CommonOptions,
): Promise<{ readonly evidence: Evidence; readonly survey: ClusterSurvey }> {
  const survey = await surveyCluster(context, endpoints, timeoutMs);
  const { status: cluster, reports } = survey;
  const first = await readAllVitals(context, reports, timeoutMs);
  const spanEnds = delay(first.size === 0 ? 0 : clockSpanMs);
  const hashes = await observeHashes(context, reports, timeoutMs);
  const reads = await timeReads(
    context,
    reports.flatMap((report) => (report.kind === 'answered' ? [report.endpoint] : [])),
  );
  await spanEnds;
  const second = await readAllVitals(context, reports, timeoutMs);
  const vitals = new Map<string, VitalsPair>();
  for (const [id, reading] of first) {
    const later = second.get(id);
    if (later !== undefined) vitals.set(id, { first: reading, second: later });
  }
  const statuses = new Map(
    reports.flatMap((report) => (report.kind === 'answered' ? [[report.status.nodeId, report.status] as const] : [])),
  );
  return { survey, evidence: { cluster, statuses, vitals, hashes, reads } };
}

async function timeReads(context: CommandContext, endpoints: readonly string[]): Promise<Evidence['reads']> {
  if (endpoints.length === 0) return { durationsMs: [], problem: 'nobody answers' };
  try {
    return await withClient(context, { endpoints, waitingSinceMs: performance.now() }, async (client, firstCall) => {
      // The first one also waits for whatever a connection needs.
      await firstCall((timeoutMs) => client.get(readKey, { timeoutMs }));
      const durationsMs: number[] = [];
      while (durationsMs.length < readCount) {
        const startedMs = performance.now();
        await client.get(readKey);
        durationsMs.push(performance.now() - startedMs);
      }
      return { durationsMs, problem: undefined };
    });
  } catch (error) {
    return { durationsMs: [], problem: error instanceof Error ? error.message : String(error) };
  }
}
