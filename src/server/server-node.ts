import type { Logger } from 'pino';
import type { Incarnation } from '../paxos/record.ts';
import type { ConnectionId } from '../replica/input.ts';
import type { Replica } from '../replica/replica.ts';
import type { NodeReport } from '../rpc/admin-definition.ts';
import { registerAdminService } from '../rpc/admin-service.ts';
import { ClientService } from '../rpc/client-service.ts';
import { RpcServer } from '../rpc/rpc-server.ts';
import type { CheckpointStore, Journal } from '../storage/ports.ts';
import { assert } from '../wire/assert.ts';
import type { NodeId } from '../wire/identifiers.ts';
import { wireError } from '../wire/wire-error.ts';
import { formatHostPort, type HostPort, parseHostPort } from './address.ts';
import { CheckpointKeeper } from './checkpoint-keeper.ts';
import { systemClock } from './clock.ts';
import type { ServerConfig } from './config.ts';
import { Driver } from './driver.ts';
import type { NodeHalt } from './halt.ts';
import { type HealthView, liveChecks, readyChecks } from './health.ts';
import { HttpServer } from './http.ts';
import { listenError } from './listen-error.ts';
import { MemberChanges } from './member-changes.ts';
import { checkInitial, dialled } from './members.ts';
import { Metrics } from './metrics.ts';
import { knownLeader, logPosition, nodeReport, nodeState, replicaSample } from './node-view.ts';
import { type NodeNoticeCode, noticeLevels } from './notices.ts';
import { replaceCheckpoints } from './open-checkpoints.ts';
import { PeerDesk } from './peer-desk.ts';
import { createReplica } from './replica-of-config.ts';
import { restore } from './restore.ts';
import type { RunningNode } from './running-node.ts';
import { handOver, transferLeadership } from './transfer.ts';
import { atMost } from './wait.ts';
import { WriteStages } from './write-stages.ts';

/** What the stages of a shutdown may take, with the hand-over less than two seconds. */
const farewellMs = 200;
const storageCloseMs = 1_000;
/** Small against what a connection may have unwritten. */
const promptDrainBytes = 64 * 1024;

export interface ServerNodeParts {
  readonly config: ServerConfig;
  readonly incarnation: Incarnation;
  /** Open, as the checkpoints are, and the node's from now on. */
  readonly journal: Journal;
  readonly checkpoints: CheckpointStore;
  readonly logger: Logger;
}

/** The composition root: the replica, and around it the disk, the network and what operators see. */
export class ServerNode implements RunningNode {
  readonly id: NodeId;
  readonly halted: Promise<NodeHalt>;
  readonly #config: ServerConfig;
  readonly #journal: Journal;
  readonly #checkpoints: CheckpointStore;
  readonly #keeper: CheckpointKeeper;
  readonly #logger: Logger;
  readonly #replica: Replica;
  readonly #driver: Driver;
  readonly #metrics: Metrics;
  readonly #http: HttpServer;
  readonly #rpc: RpcServer;
  readonly #clients: ClientService;
  readonly #peers: PeerDesk;
  readonly #memberChanges = new MemberChanges(() => this.#driver);
  #listenPort = 0;
  #httpPort = 0;
  #lastError = '';
  #halt: NodeHalt | undefined;
  #reportHalt: (halt: NodeHalt) => void = () => undefined;
  #stopping: Promise<void> | undefined;

  constructor({ config, incarnation, journal, checkpoints, logger }: ServerNodeParts) {
    this.id = config.id;
    this.halted = new Promise((resolve) => {
      this.#reportHalt = resolve;
    });
    this.#config = config;
    this.#journal = journal;
    this.#checkpoints = checkpoints;
    this.#logger = logger;
    this.#replica = createReplica(config, incarnation);
    const clock = systemClock();
    this.#keeper = new CheckpointKeeper({
      store: checkpoints,
      journal,
      give: (input) => this.#driver.give(input, 'bulk'),
      // Nobody else has the state of a lone node.
      startOver: async (damaged) =>
        this.#replica.paxos.members.length > 1 ? await replaceCheckpoints(config.dataDir, damaged) : undefined,
      onDamage: (text) => this.#onNotice('checkpoint-damaged', text),
      onWritten: (checkpoint, durationMs) => this.#metrics.checkpointWritten(checkpoint.bytes, durationMs),
      onChunkStored: () => this.#metrics.checkpointChunkReceived(),
      onDiskFailure: (reason) => this.#driver.halt('CHECKPOINT_FAILED', reason),
      onFault: (error) => this.#driver.fail(error),
    });
    const stages = new WriteStages((stage, durationMs) => this.#metrics.writeStage(stage, durationMs));
    this.#driver = new Driver({
      replica: this.#replica,
      journal,
      checkpoints: this.#keeper,
      readClock: () => clock.read(),
      send: (to, lane, message) => this.#peers.send(to, lane, message),
      reply: (connection, frame, bytes) => this.#clients.reply(connection, frame, bytes),
      closeClient: (connection) => this.#clients.end(connection),
      onMembersChangeEnded: (token, outcome) => this.#memberChanges.onEnded(token, outcome),
      reachPeers: (peers) => this.#peers.reach(dialled(config, peers)),
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
    return nodeReport(this.#replica, this.#lastError);
  }

  /** Once. @throws ServerError, StorageError */
  async start(): Promise<void> {
    const startedMs = performance.now();
    this.#httpPort = await this.#listen('http', (address) => this.#http.listen(address));
    await this.#restore();
    const restoredMs = Math.round(performance.now() - startedMs);
    checkInitial(this.#config, this.#replica.paxos);
    this.#peers.register(this.#rpc);
    this.#peers.reach(dialled(this.#config, this.#replica.paxos.peers));
    this.#clients.register(this.#rpc);
    registerAdminService(this.#rpc, {
      report: () => this.report(),
      transferLeadership: (to) => transferLeadership(this.#replica, this.#driver, to),
      changeMembers: (change) => this.#memberChanges.change(change),
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
    this.#stopping ??= this.#closeStorage();
    return this.#stopping;
  }

  async #restore(): Promise<void> {
    for (const { slot, problem } of this.#checkpoints.damaged) {
      this.#onNotice('checkpoint-damaged', `the checkpoint of slot ${slot} cannot be used: ${problem}`);
    }
    const restored = await restore({
      driver: this.#driver,
      checkpoints: this.#checkpoints,
      records: this.#journal.scan(),
      onDamaged: (slot, problem) => this.#keeper.drop(slot, problem),
    });
    const { checkpointSlot, records } = restored;
    const from = checkpointSlot === 0 ? '' : `the checkpoint of slot ${checkpointSlot} and `;
    this.#logger.info({ event: 'restored', ...restored }, `restored from ${from}${records} records of the journal`);
    if (this.#replica.paxos.canApply) return;
    const remedy = this.#replica.paxos.members.length > 1 ? 'another node must send it' : 'and there is no other node';
    this.#onNotice('state-missing', `no checkpoint has the state that the journal goes on from: ${remedy}`);
  }

  async #stop(): Promise<void> {
    const startedMs = performance.now();
    if (this.#halt === undefined) {
      this.#logger.info({ event: 'stopping' }, 'shutting down');
      await handOver(this.#replica, this.#driver);
      this.#rpc.stopAccepting();
      this.#clients.closeAll(wireError('UNAVAILABLE', 'the node is shutting down'));
      this.#driver.stop();
      this.#memberChanges.close();
      this.#peers.close();
      await this.#rpc.close(farewellMs);
    }
    this.#http.close();
    await atMost(storageCloseMs, this.#closeStorage());
    const durationMs = Math.round(performance.now() - startedMs);
    this.#logger.info({ event: 'stopped', durationMs }, 'stopped');
  }

  async #closeStorage(): Promise<void> {
    await Promise.all([this.#journal.close(), this.#keeper.close()]);
  }

  /** That a little was written makes room for nothing, unless a watch waits for it: it is worth no turn of its own. */
  #onDrained(connection: ConnectionId, bytes: number): void {
    const input = { type: 'clientDrained', connection, bytes } as const;
    if (bytes < promptDrainBytes && !this.#replica.hasLaggingWatches) this.#driver.note(input);
    else this.#driver.give(input, 'bulk');
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

  #onNotice(code: NodeNoticeCode, text: string): void {
    if (code === 'became-leader' || code === 'following') this.#metrics.leaderChanged();
    const level = noticeLevels[code] ?? 'info';
    if (level !== 'info') this.#lastError = `${code}: ${text}`;
    this.#logger[level]({ event: code }, text);
  }

  /** The sockets are cut, not closed: nothing may leave any more. */
  #cut(): void {
    this.#rpc.destroy();
    this.#memberChanges.close();
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

function addressOf(setting: string): HostPort {
  const address = parseHostPort(setting);
  assert(address !== undefined, `${setting} was checked to be HOST:PORT`);
  return address;
}
