import type { Logger } from 'pino';
import type { NoticeCode } from '../paxos/effects.ts';
import type { Incarnation } from '../paxos/record.ts';
import type { ConnectionId } from '../replica/input.ts';
import type { Replica } from '../replica/replica.ts';
import type { NodeReport } from '../rpc/admin-definition.ts';
import { registerAdminService } from '../rpc/admin-service.ts';
import { ClientService } from '../rpc/client-service.ts';
import { RpcServer } from '../rpc/rpc-server.ts';
import type { Journal } from '../storage/ports.ts';
import { assert } from '../wire/assert.ts';
import type { NodeId } from '../wire/identifiers.ts';
import { wireError } from '../wire/wire-error.ts';
import { formatHostPort, type HostPort, parseHostPort } from './address.ts';
import { systemClock } from './clock.ts';
import type { ServerConfig } from './config.ts';
import { Driver } from './driver.ts';
import type { NodeHalt } from './halt.ts';
import { type HealthView, liveChecks, readyChecks } from './health.ts';
import { HttpServer } from './http.ts';
import { listenError } from './listen-error.ts';
import { Metrics } from './metrics.ts';
import { knownLeader, logPosition, nodeReport, nodeState, replicaSample } from './node-view.ts';
import { PeerDesk } from './peer-desk.ts';
import { createReplica } from './replica-of-config.ts';
import { ServerError } from './server-error.ts';
import { transferLeadership } from './transfer.ts';
import { atMost, waitUntil } from './wait.ts';
import { WriteStages } from './write-stages.ts';

/** What the stages of a shutdown may take, together less than two seconds. */
const handOverMs = 500;
const farewellMs = 200;
const journalCloseMs = 1_000;
/** Small against what a connection may have unwritten. */
const promptDrainBytes = 64 * 1024;

/** A node that has been started. */
export interface RunningNode {
  readonly id: NodeId;
  /** host:port where clients and peers are served. */
  readonly address: string;
  readonly httpAddress: string;
  /** Resolves if the node stops by itself, because it must not go on. The process should then end, with the exit code given. */
  readonly halted: Promise<NodeHalt>;
  report(): NodeReport;
  /** Hands leadership over, says goodbye to the clients, closes the journal; in two seconds at most. Idempotent. */
  stop(): Promise<void>;
  /**
   * For tests of fail-over: as if the process were killed, as nearly as one process can. From now on nothing leaves, and the
   * connections are cut. Resolves once the journal is closed, which waits for a write that is under way. Idempotent.
   */
  kill(): Promise<void>;
}

export interface ServerNodeParts {
  readonly config: ServerConfig;
  readonly incarnation: Incarnation;
  /** Open, and the node's from now on. */
  readonly journal: Journal;
  readonly logger: Logger;
}

/** The composition root: the replica, and around it the journal, the network and what operators see. */
export class ServerNode implements RunningNode {
  readonly id: NodeId;
  readonly halted: Promise<NodeHalt>;
  readonly #config: ServerConfig;
  readonly #journal: Journal;
  readonly #logger: Logger;
  readonly #replica: Replica;
  readonly #driver: Driver;
  readonly #metrics: Metrics;
  readonly #http: HttpServer;
  readonly #rpc: RpcServer;
  readonly #clients: ClientService;
  readonly #peers: PeerDesk;
  #listenPort = 0;
  #httpPort = 0;
  #lastError = '';
  #halt: NodeHalt | undefined;
  #reportHalt: (halt: NodeHalt) => void = () => undefined;
  #stopping: Promise<void> | undefined;

  constructor({ config, incarnation, journal, logger }: ServerNodeParts) {
    this.id = config.id;
    this.halted = new Promise((resolve) => {
      this.#reportHalt = resolve;
    });
    this.#config = config;
    this.#journal = journal;
    this.#logger = logger;
    this.#replica = createReplica(config, incarnation);
    const clock = systemClock();
    const stages = new WriteStages((stage, durationMs) => this.#metrics.writeStage(stage, durationMs));
    this.#driver = new Driver({
      replica: this.#replica,
      journal,
      readClock: () => clock.read(),
      send: (to, lane, message) => this.#peers.send(to, lane, message),
      reply: (connection, frame, bytes) => this.#clients.reply(connection, frame, bytes),
      closeClient: (connection) => this.#clients.end(connection),
      onNotice: (code, text) => this.#onNotice(code, text),
      onAppended: (durationMs) => this.#metrics.journalAppended(durationMs),
      onTurn: (turn) => stages.onTurn(turn, logPosition(this.#replica)),
      onHalt: (halt) => this.#onHalt(halt),
    });
    const driver = this.#driver;
    this.#clients = new ClientService({
      onOpened: (connection) => driver.give({ type: 'clientOpened', connection }, 'bulk'),
      onFrame: (connection, frame) => {
        this.#metrics.operationsReceived(frame.operations.length);
        driver.give({ type: 'clientFrame', connection, frame }, 'bulk');
      },
      onDrained: (connection, bytes, tookMs) => {
        this.#metrics.writeStage('reply', tookMs);
        this.#onDrained(connection, bytes);
      },
      onClosed: (connection) => driver.give({ type: 'clientClosed', connection }, 'bulk'),
    });
    this.#metrics = new Metrics(config.id, () => ({
      ...replicaSample(this.#replica),
      clientStreams: this.#clients.size,
      tcpConnections: this.#rpc.connections,
      peerQueueBytes: this.#peers.queuedBytes,
      peersConnected: this.#peers.connectedCount,
    }));
    this.#peers = new PeerDesk({
      nodeId: config.id,
      incarnation,
      clusterId: () => this.#replica.paxos.genesis?.clusterId ?? '',
      driver,
      metrics: this.#metrics,
      logger,
    });
    this.#rpc = new RpcServer({ maxConnections: config.maxConnections });
    this.#http = new HttpServer({
      live: () => liveChecks(this.#health()),
      ready: () => readyChecks(this.#health()),
      metrics: async () => ({ contentType: this.#metrics.contentType, text: await this.#metrics.text() }),
    });
  }

  get address(): string {
    return formatHostPort({ ...addressOf(this.#config.listen), port: this.#listenPort });
  }

  get httpAddress(): string {
    return formatHostPort({ ...addressOf(this.#config.http), port: this.#httpPort });
  }

  report(): NodeReport {
    return nodeReport(this.#replica, this.#config.initial, this.#lastError);
  }

  /** Once. @throws ServerError, StorageError */
  async start(): Promise<void> {
    const startedMs = performance.now();
    this.#httpPort = await this.#listen('http', (address) => this.#http.listen(address));
    await this.#driver.restore(this.#journal.scan());
    const restoredMs = Math.round(performance.now() - startedMs);
    this.#peers.open(this.#members().map((member) => this.#dialled(member)));
    this.#peers.register(this.#rpc);
    this.#clients.register(this.#rpc);
    registerAdminService(this.#rpc, {
      report: () => this.report(),
      transferLeadership: (to) => transferLeadership(this.#replica, this.#driver, to),
    });
    this.#listenPort = await this.#listen('listen', ({ host, port }) => this.#rpc.listen(host, port));
    // Without a pause between: nothing may reach the replica before it has booted.
    this.#driver.start();
    this.#peers.start();
    const { address, httpAddress } = this;
    this.#logger.info({ event: 'listening', address, httpAddress, restoredMs }, `listening on ${address}`);
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  kill(): Promise<void> {
    this.#driver.stop();
    this.#cut();
    this.#http.close();
    this.#stopping ??= this.#journal.close();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    const startedMs = performance.now();
    if (this.#halt === undefined) {
      this.#logger.info({ event: 'stopping' }, 'shutting down');
      await this.#handOver();
      this.#rpc.stopAccepting();
      this.#clients.closeAll(wireError('UNAVAILABLE', 'the node is shutting down'));
      this.#driver.stop();
      this.#peers.close();
      await this.#rpc.close(farewellMs);
    }
    this.#http.close();
    await atMost(journalCloseMs, this.#journal.close());
    const durationMs = Math.round(performance.now() - startedMs);
    this.#logger.info({ event: 'stopped', durationMs }, 'stopped');
  }

  /** That a little was written makes room for nothing, unless a watch waits for it: it is worth no turn of its own. */
  #onDrained(connection: ConnectionId, bytes: number): void {
    const input = { type: 'clientDrained', connection, bytes } as const;
    if (bytes < promptDrainBytes && !this.#replica.hasLaggingWatches) this.#driver.note(input);
    else this.#driver.give(input, 'bulk');
  }

  /** A leader that leaves in order costs its clients no election. */
  async #handOver(): Promise<void> {
    const { paxos } = this.#replica;
    if (!paxos.serving || (paxos.genesis?.members.length ?? 0) < 2) return;
    this.#driver.give({ type: 'transferLeadership', to: undefined }, 'control');
    await waitUntil(() => paxos.role !== 'leader', handOverMs);
  }

  #dialled<T extends { readonly nodeId: NodeId }>(member: T): T {
    return { ...member, ...this.#config.dial.find(({ nodeId }) => nodeId === member.nodeId) };
  }

  /** The members of the cluster that the journal knows; else those of a cluster that is yet to be born. */
  #members(): readonly { readonly nodeId: NodeId; readonly address: string }[] {
    const { initial, clusterName, dataDir } = this.#config;
    const { genesis } = this.#replica.paxos;
    if (genesis === undefined) return initial;
    const known = `${genesis.clusterName}: ${formatMembers(genesis.members)}`;
    const given = `${clusterName}: ${formatMembers(initial)}`;
    if (known !== given) {
      const advice = `start it as it was formed, or name another data directory`;
      throw new ServerError('DIFFERENT_INITIAL', `${dataDir} belongs to cluster ${known}, not to ${given}: ${advice}`);
    }
    return genesis.members;
  }

  async #listen(setting: 'listen' | 'http', listen: (address: HostPort) => Promise<number>): Promise<number> {
    const address = addressOf(this.#config[setting]);
    try {
      return await listen(address);
    } catch (error) {
      throw await listenError(error, setting, address);
    }
  }

  #health(): HealthView {
    const { paxos, machine } = this.#replica;
    return {
      stopping: this.#stopping !== undefined,
      halted: this.#halt === undefined ? undefined : `${this.#halt.code}: ${this.#halt.reason}`,
      formed: nodeState(this.#replica) !== 'forming',
      leaderId: knownLeader(this.#replica),
      chosenSlot: paxos.chosenThrough,
      appliedSlot: machine.appliedSlot,
    };
  }

  #onNotice(code: NoticeCode, text: string): void {
    if (code === 'became-leader' || code === 'following') this.#metrics.leaderChanged();
    const level = noticeLevels[code] ?? 'info';
    if (level !== 'info') this.#lastError = `${code}: ${text}`;
    this.#logger[level]({ event: code }, text);
  }

  /** The sockets are cut, not closed: nothing may leave any more. */
  #cut(): void {
    this.#rpc.destroy();
    this.#peers.close();
  }

  #onHalt(halt: NodeHalt): void {
    this.#halt = halt;
    this.#lastError = `${halt.code}: ${halt.reason}`;
    this.#cut();
    this.#logger.fatal({ event: 'halted', ...halt }, `halted: ${halt.code}: ${halt.reason}`);
    this.#reportHalt(halt);
  }
}

const noticeLevels: Readonly<Partial<Record<NoticeCode, 'warn' | 'error'>>> = {
  suspended: 'warn',
  'peer-refused': 'warn',
  'state-diverged': 'error',
};

function addressOf(setting: string): HostPort {
  const address = parseHostPort(setting);
  assert(address !== undefined, `${setting} was checked to be HOST:PORT`);
  return address;
}

function formatMembers(members: readonly { readonly nodeId: NodeId; readonly address: string }[]): string {
  return members.map(({ nodeId, address }) => `${nodeId}=${address}`).join(',');
}
