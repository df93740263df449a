import type { Client, ConclaveError, ConnectOptions } from '../client/index.ts';
import { type EndpointReport, hasLeader, probeAll, probeTimeoutMs } from './cluster-probe.ts';
import type { CommandContext } from './context.ts';
import { ClusterUnavailable, failureCode } from './failure.ts';

/** Whoever waits for a command hears within five seconds that there is no cluster, or none with a leader. */
const reachedWithinMs = 2_500;
const answeredWithinMs = 4_200;
const leastTimeoutMs = 1_500;

/** What a command may spend on an orderly end; the service forgets it by itself when the session's time is over. */
const orderlyCloseTimeoutMs = 2_000;
const hastyCloseTimeoutMs = 200;

export interface ClientSettings {
  readonly endpoints: readonly string[];
  /** To reach the cluster, and again for the first call; unless given, both end in good time before five seconds are over. */
  readonly timeoutMs?: number | undefined;
  /** Since when somebody waits, as `performance.now()` has it; since the start of the process unless given. */
  readonly waitingSinceMs?: number | undefined;
  readonly session?: ConnectOptions['session'];
  readonly signal?: AbortSignal | undefined;
}

/** Makes the call on which all others hang, with the time that is left for it. */
export type FirstCall = <T>(call: (timeoutMs: number) => Promise<T>) => Promise<T>;

/**
 * Runs a task with a connected client and closes it afterwards.
 * @throws ClusterUnavailable if no cluster with a leader is found; else what the task throws
 */
export async function withClient<T>(
  context: CommandContext,
  settings: ClientSettings,
  task: (client: Client, firstCall: FirstCall) => Promise<T>,
): Promise<T> {
  const { endpoints, waitingSinceMs = 0 } = settings;
  const timeLeftMs = (withinMs: number): number =>
    Math.max(leastTimeoutMs, Math.round(waitingSinceMs + withinMs - performance.now()));
  let client: Client | undefined;
  let closeTimeoutMs = orderlyCloseTimeoutMs;
  let reports: Promise<readonly EndpointReport[]> | undefined;
  const firstCall: FirstCall = async (call) => {
    const timeoutMs = settings.timeoutMs ?? timeLeftMs(answeredWithinMs);
    // The endpoints are asked before its time is up, so that the reasons are there when it is.
    const ask = (): void => {
      reports = probeAll(context, endpoints);
    };
    const timer = timeoutMs > probeTimeoutMs ? setTimeout(ask, timeoutMs - probeTimeoutMs) : undefined;
    try {
      return await call(timeoutMs);
    } finally {
      clearTimeout(timer);
    }
  };
  try {
    client = await context.connect({
      endpoints,
      timeoutMs: settings.timeoutMs ?? timeLeftMs(reachedWithinMs),
      session: settings.session,
      signal: settings.signal,
    });
    return await task(client, firstCall);
  } catch (error) {
    closeTimeoutMs = hastyCloseTimeoutMs;
    const known = client === undefined ? reportsIn(error) : undefined;
    throw known === undefined
      ? await diagnosed(error, () => reports ?? probeAll(context, endpoints))
      : new ClusterUnavailable(known, error);
  } finally {
    if (client !== undefined) await atMost(closeTimeoutMs, client.close());
  }
}

/** What the SDK found at each endpoint when it could not connect. */
function reportsIn(error: unknown): readonly EndpointReport[] | undefined {
  if (failureCode(error) !== 'UNAVAILABLE') return undefined;
  const { endpoints } = error as Partial<ConclaveError>;
  return endpoints?.map(({ endpoint, reason }) => ({ kind: 'failed', endpoint, reason }));
}

/** Asks every endpoint why, if the error says that the cluster could not be used. */
async function diagnosed(error: unknown, ask: () => Promise<readonly EndpointReport[]>): Promise<unknown> {
  const code = failureCode(error);
  if (code !== 'UNAVAILABLE' && code !== 'TIMEOUT') return error;
  const reports = await ask();
  return code === 'TIMEOUT' && hasLeader(reports) ? error : new ClusterUnavailable(reports, error);
}

/** Waits for what is only orderly, not needed: a failure of it, or its delay, changes nothing. */
export async function atMost<T>(timeoutMs: number, work: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, undefined);
  });
  try {
    return await Promise.race([work, timeout]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
