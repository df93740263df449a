import type { Client, ConclaveError, ConnectOptions } from '../client/index.ts';
import { type EndpointReport, hasLeader, probeAll } from './cluster-probe.ts';
import type { CommandContext } from './context.ts';
import { ClusterUnavailable, failureCode } from './failure.ts';

/** Whoever waits for the command waits at most five seconds to hear that there is no cluster, the start of the process included. */
const reachedSinceStartMs = 2_500;
const leastConnectTimeoutMs = 1_500;

/** What a command may spend on an orderly end; the service forgets it by itself when the session's time is over. */
const orderlyCloseTimeoutMs = 2_000;
const hastyCloseTimeoutMs = 200;

export interface ClientSettings {
  readonly endpoints: readonly string[];
  /** To reach the cluster; about two seconds unless given. */
  readonly timeoutMs?: number | undefined;
  readonly session?: ConnectOptions['session'];
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a task with a connected client and closes it afterwards.
 * @throws ClusterUnavailable if no cluster with a leader is found; else what the task throws
 */
export async function withClient<T>(
  context: CommandContext,
  settings: ClientSettings,
  task: (client: Client) => Promise<T>,
): Promise<T> {
  let client: Client | undefined;
  let closeTimeoutMs = orderlyCloseTimeoutMs;
  try {
    client = await context.connect({
      endpoints: settings.endpoints,
      timeoutMs: settings.timeoutMs ?? Math.max(leastConnectTimeoutMs, reachedSinceStartMs - performance.now()),
      session: settings.session,
      signal: settings.signal,
    });
    return await task(client);
  } catch (error) {
    closeTimeoutMs = hastyCloseTimeoutMs;
    const reports = client === undefined ? reportsIn(error) : undefined;
    throw reports === undefined
      ? await diagnosed(context, settings.endpoints, error)
      : new ClusterUnavailable(reports, error);
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
async function diagnosed(context: CommandContext, endpoints: readonly string[], error: unknown): Promise<unknown> {
  const code = failureCode(error);
  if (code !== 'UNAVAILABLE' && code !== 'TIMEOUT') return error;
  const reports = await probeAll(context, endpoints);
  return hasLeader(reports) ? error : new ClusterUnavailable(reports, error);
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
