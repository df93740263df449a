import path from 'node:path';
import type { CommandContext } from '../context.ts';
import { formatDuration } from '../duration.ts';
import { CommandFailure } from '../failure.ts';
import { colorsFor, type OutputStream, write } from '../output.ts';
import { ClusterDirectory, type ClusterWish } from './cluster-directory.ts';
import type { ClusterEvent } from './cluster-events.ts';
import { defaultBasePort, type LocalCluster } from './layout.ts';
import type { NodeExit } from './node-process.ts';
import { isNpmStart } from './npm-flags.ts';
import { checkPorts } from './ports.ts';
import { untilReady } from './readiness.ts';
import { StopRequest } from './stop-request.ts';
import { Supervisor } from './supervisor.ts';

export interface RunOptions extends ClusterWish {
  readonly restart: boolean;
  readonly json: boolean;
}

/** One run of `conclave up`. */
export class LocalClusterRun {
  readonly #context: CommandContext;
  readonly #options: RunOptions;
  #ready = false;

  constructor(context: CommandContext, options: RunOptions) {
    this.#context = context;
    this.#options = options;
  }

  /** Resolves once a signal has asked for the end and every node has ended. @throws CommandFailure if the start fails */
  async untilStopped(): Promise<void> {
    const request = new StopRequest(this.#context.signals);
    if (isNpmStart(this.#context.environment)) request.stopWithoutParent(() => process.ppid);
    try {
      const directory = await ClusterDirectory.claim(this.#options.directory);
      try {
        const cluster = await directory.settle(this.#options, checkPorts);
        await this.#run(cluster, request);
      } finally {
        await directory.release();
      }
    } finally {
      request.close();
    }
  }

  async #run(cluster: LocalCluster, request: StopRequest): Promise<void> {
    const { restart } = this.#options;
    const { entryPoint } = this.#context;
    const supervisor = new Supervisor(cluster, { entryPoint, restart, onEvent: (event) => this.#onEvent(event) });
    try {
      if (request.stop.aborted) return;
      await supervisor.startAll();
      await this.#untilReady(cluster, supervisor, request.stop);
      await aborted(request.stop);
    } finally {
      await supervisor.stop(request.kill);
    }
  }

  async #untilReady(cluster: LocalCluster, supervisor: Supervisor, stop: AbortSignal): Promise<void> {
    const failure = new AbortController();
    const failed = supervisor.firstExit.then(({ id, exit }) => {
      failure.abort();
      throw startFailure(cluster, id, exit);
    });
    const onWaiting = (missing: string): void =>
      this.#warn(`not ready yet: ${missing}; the logs are in ${cluster.directory}`);
    const ready = untilReady(this.#context, cluster, AbortSignal.any([stop, failure.signal]), onWaiting);
    try {
      const status = await Promise.race([ready, failed]);
      this.#ready = true;
      // From now on the end of a node is an event, no failure of the start.
      failed.catch(() => undefined);
      this.#announce(cluster, supervisor, status.clusterId, status.leader);
    } catch (error) {
      await Promise.allSettled([ready]);
      failed.catch(() => undefined);
      if (!stop.aborted) throw error;
    }
  }

  #announce(cluster: LocalCluster, supervisor: Supervisor, clusterId: string | null, leader: string | null): void {
    const endpoints = cluster.members.map(({ address }) => address);
    const members = cluster.members.map(({ id, address, http, dataDir }) => {
      return { id, pid: supervisor.pidOf(id) ?? null, address, http, dataDir };
    });
    if (this.#options.json) {
      this.#print(this.#context.stdout, JSON.stringify({ event: 'ready', clusterId, endpoints, members }));
      return;
    }
    const colors = colorsFor(this.#context.stdout, this.#context.environment);
    const command = this.#ownName();
    const directory = path.relative(process.cwd(), cluster.directory) || '.';
    const lines = [
      `${colors.green('ready')} ${endpoints.join(',')}`,
      `  cluster ${clusterId}, led by ${leader}; data and logs in ${directory}`,
      ...members.map(({ id, pid, address, http }) => `  ${id}  process ${pid}  ${address}  http://${http}/readyz`),
      'Try in another terminal:',
      ...(cluster.basePort === defaultBasePort ? [] : [`  export CONCLAVE_ENDPOINTS=${endpoints.join(',')}`]),
      `  ${command} put greeting hello`,
      `  ${command} get greeting`,
      `  ${command} lock demo -- sleep 5`,
      colors.dim('Ctrl-C stops the cluster and keeps its data.'),
    ];
    this.#print(this.#context.stdout, lines.join('\n'));
  }

  /** How this very program can be called again from here. */
  #ownName(): string {
    const event = this.#context.environment['npm_lifecycle_event'];
    if (event === 'npx' || isNpmStart(this.#context.environment)) return 'npx conclave';
    const script = process.argv[1] ?? '';
    return path.basename(script) === 'conclave' ? 'conclave' : `node ${path.relative(process.cwd(), script)}`;
  }

  #onEvent(event: ClusterEvent): void {
    if (!this.#ready) return;
    if (this.#options.json) this.#print(this.#context.stdout, JSON.stringify(event));
    if (event.event === 'exited') this.#warn(exitText(event));
  }

  #warn(text: string): void {
    this.#print(this.#context.stderr, `conclave: ${text}`);
  }

  /** The cluster goes on when nobody reads what is said about it, or it cannot be written. */
  #print(stream: OutputStream, text: string): void {
    write(stream, `${text}\n`).catch(() => undefined);
  }
}

function exitText({ id, pid, code, signal, error, restartInMs }: ClusterEvent & { event: 'exited' }): string {
  const how = signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
  const why = error === null ? '' : ` (${error})`;
  const next =
    restartInMs === null ? 'it stays down (--no-restart)' : `it is started again in ${formatDuration(restartInMs)}`;
  return `${id}, process ${pid}, ${how}${why}; ${next}`;
}

function startFailure(cluster: LocalCluster, id: string, exit: NodeExit): CommandFailure {
  const logFile = cluster.members.find((member) => member.id === id)?.logFile ?? '';
  const how = exit.signal === null ? `ended with code ${exit.code}` : `was ended by ${exit.signal}`;
  const code = exit.error?.code ?? 'NODE_FAILED';
  const message = exit.error === undefined ? `it ${how} before the cluster was ready` : exit.error.message;
  return new CommandFailure(code, `${id}: ${message}`, {
    details: [`the last lines of ${logFile}:`, ...exit.lastLines.map((line) => `  ${line}`)],
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
