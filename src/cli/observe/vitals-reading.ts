import type { NodeVitals } from '../../rpc/inspection-client.ts';
import type { EndpointReport } from '../cluster-probe.ts';
import type { CommandContext } from '../context.ts';

/** What a node has said of how it is doing, and when: in the middle between the question and the answer. */
export interface VitalsReading {
  readonly vitals: NodeVitals;
  /** By the clocks of this process. */
  readonly atMonotonicMs: number;
  readonly atWallClockMs: number;
  /** Connecting included. */
  readonly roundTripMs: number;
}

/** Of a node that does not answer, or is of a version without vitals: undefined. */
export async function readVitals(
  context: Pick<CommandContext, 'inspect'>,
  endpoint: string,
  timeoutMs: number,
): Promise<VitalsReading | undefined> {
  const startedMs = performance.now();
  const startedWallMs = Date.now();
  try {
    const vitals = await context.inspect(endpoint, 'Vitals', {}, timeoutMs);
    const roundTripMs = performance.now() - startedMs;
    return {
      vitals,
      atMonotonicMs: startedMs + roundTripMs / 2,
      atWallClockMs: startedWallMs + roundTripMs / 2,
      roundTripMs,
    };
  } catch {
    return undefined;
  }
}

/** Of all that have answered, by node id. */
export async function readAllVitals(
  context: Pick<CommandContext, 'inspect'>,
  reports: readonly EndpointReport[],
  timeoutMs: number,
): Promise<ReadonlyMap<string, VitalsReading>> {
  const readings = await Promise.all(
    reports.map(async (report) => {
      if (report.kind === 'failed') return [];
      const reading = await readVitals(context, report.endpoint, timeoutMs);
      return reading === undefined ? [] : [[report.status.nodeId, reading] as const];
    }),
  );
  return new Map(readings.flat());
}
