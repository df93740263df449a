import type { Logger } from 'pino';
import type { ConnectionId } from '../replica/input.ts';
import type { Replica } from '../replica/replica.ts';
import type { NodeReport } from '../rpc/admin-definition.ts';
import { registerAdminService } from '../rpc/admin-service.ts';
import { ClientService } from '../rpc/client-service.ts';
import { RpcServer } from '../rpc/rpc-server.ts';
import type { CheckpointStore, Journal } from '../storage/ports.ts';
import type { NodeId } from '../wire/identifiers.ts';
import { wireError } from '../wire/wire-error.ts';
import { addressOf, formatHostPort } from './address.ts';
import { adminOperations } from './admin-operations.ts';
import { BackupDesk } from './backup-desk.ts';
import { CheckpointKeeper } from './checkpoint-keeper.ts';
import { systemClock } from './clock.ts';
import type { ServerConfig } from './config.ts';
import { Driver } from './driver.ts';
import type { NodeHalt } from './halt.ts';
import { liveChecks, readyChecks } from './health.ts';
import { HttpServer } from './http.ts';
import { InspectionDesk } from './inspection-desk.ts';
import { listenOn } from './listen-on.ts';
import { MemberChanges } from './member-changes.ts';
import { checkInitial, dialled, isOnlyVoter } from './members.ts';
import { Metrics } from './metrics.ts';
import { healthOf, logPosition, nodeReport, replicaSample } from './node-view.ts';
import { NoticeBoard } from './notice-board.ts';
import { replaceCheckpoints } from './open-checkpoints.ts';
import { PeerDesk } from './peer-desk.ts';
import { createReplica } from './replica-of-config.ts';
import { restoreNode } from './restore-node.ts';
import { freeBytesOf, RoomWatch } from './room-watch.ts';
import type { RunningNode } from './running-node.ts';
import type { ServerNodeParts } from './server-node-parts.ts';
import { handOver } from './transfer.ts';
import { atMost } from './wait.ts';
import { WriteStages } from './write-stages.ts';

/** What the stages of a shutdown may take, with the hand-over together less than two seconds. */
const farewellMs = 200;
const storageCloseMs = 1_000;
/** Small against what a connection may have unwritten. */
const promptDrainBytes = 64 * 1024;

/** The composition root: the replica, and around it the disk, the network and what operators see. */
export class ServerNode implements RunningNode {
  readonly id: NodeId;
  readonly halted: Promise<NodeHalt>;
  readonly #config: ServerConfig;
  readonly #journal: Journal;
  readonly #checkpoints: CheckpointStore;
  readonly #keeper: CheckpointKeeper;
  readonly #logger: Logger;
  readonly #notices: NoticeBoard;
  readonly #inspection: InspectionDesk;
  readonly #replica: Replica;
  readonly #driver: Driver;
  readonly #backups: BackupDesk;
  readonly #metrics: Metrics;
  readonly #http: HttpServer;
  readonly #rpc: RpcServer;
  readonly #clients: ClientService;
  readonly #peers: PeerDesk;
  readonly #room: RoomWatch;
  readonly #memberChanges = new MemberChanges(() => this.#driver);
  #listenPort = 0;
  #httpPort = 0;
  #halt: NodeHalt | undefined;
  #reportHalt: (halt: NodeHalt) => void = () => undefined;
  #stopping: Promise<void> | undefined;

  constructor({ config, identity, journal, checkpoints, handed, logger, supportedLevel }: ServerNodeParts) {
    this.id = config.id;
    this.halted = new Promise((resolve) => {
      this.#reportHalt = resolve;
    });
    this.#config = config;
    this.#journal = journal;
    this.#checkpoints = checkpoints;
    this.#logger = logger;
    this.#notices = new NoticeBoard(logger, () => this.#metrics);
    this.#replica = createReplica(config, identity, supportedLevel);
    this.#inspection = new InspectionDesk({
      replica: this.#replica,
      config,
      journal,
      room: () => this.#room,
      addressOf: (connection) => this.#clients.addressOf(connection),
    });
    const clock = systemClock();
    this.#keeper = new CheckpointKeeper({
      store: checkpoints,
      journal,
      give: (input) => this.#driver.give(input, 'bulk'),
      startOver: async (damaged) => {
        const isOnly = isOnlyVoter(this.#replica.paxos.members, config.id);
        return isOnly ? undefined : await replaceCheckpoints(config.dataDir, damaged, handed);
      },
      onDamage: (text) => this.#notices.tell('checkpoint-damaged', text),
      onWritten: (checkpoint, durationMs) => this.#metrics.checkpointWritten(checkpoint.bytes, durationMs),
      onChunkStored: () => this.#metrics.checkpointChunkReceived(),
      onDiskFailure: (reason) => this.#driver.halt('CHECKPOINT_FAILED', reason),
      onFault: (error) => this.#driver.fail(error),
    });
    const stages = new WriteStages((stage, durationMs) => {
      this.#metrics.writeStage(stage, durationMs);
      this.#inspection.onWriteStage(stage, durationMs);
    });
    this.#driver = new Driver({
      replica: this.#replica,
      journal,
      checkpoints: this.#keeper,
      onStateRead: (token, answer) => this.#backups.onStateRead(token, answer),
      readClock: () => clock.read(),
      send: (to, lane, message) => this.#peers.send(to, lane, message),
      reply: (connection, frame, bytes) => this.#clients.reply(connection, frame, bytes),
      closeClient: (connection) => this.#clients.end(connection),
      onFrameTaken: (connection) => this.#clients.frameTaken(connection),
      onMembersChangeEnded: (token, outcome) => this.#memberChanges.onEnded(token, outcome),
      reachPeers: (peers) => this.#peers.reach(dialled(config, peers)),
      onNotice: (code, text) => this.#notices.tell(code, text),
      onAppended: (durationMs, record) => {
        this.#metrics.journalAppended(durationMs, record);
        this.#inspection.onAppended(durationMs, record);
      },
      onTurn: (turn) => {
        stages.onTurn(turn, logPosition(this.#replica));
        this.#inspection.onTurn();
      },
      onHalt: (halt) => this.#onHalt(halt),
    });
    const driver = this.#driver;
    this.#backups = new BackupDesk((input) => driver.give(input, 'bulk'), this.#replica, logger);
    this.#clients = new ClientService({
      onOpened: (connection) => driver.give({ type: 'clientOpened', connection }, 'bulk'),
      onFrame: (connection, frame) => {
        this.#metrics.operationsReceived(frame.operations.length);
        this.#inspection.roster.onFrame(connection, frame);
        driver.give({ type: 'clientFrame', connection, frame }, 'bulk');
      },
      onDrained: (connection, bytes, tookMs) => {
        this.#metrics.writeStage('reply', tookMs);
        this.#onDrained(connection, bytes);
      },
      onClosed: (connection) => {
        this.#inspection.roster.onClosed(connection);
        driver.give({ type: 'clientClosed', connection }, 'bulk');
      },
    });
    this.#metrics = new Metrics(config.id, () => ({
      ...replicaSample(this.#replica),
      journalBytes: handed.journal,
      checkpointStoreBytes: handed.checkpoints,
      clientStreams: this.#clients.size,
      tcpConnections: this.#rpc.connections,
      peerQueueBytes: this.#peers.queuedBytes,
      peersConnected: this.#peers.connectedCount,
      diskFreeBytes: this.#room.freeDiskBytes,
    }));
    this.#peers = new PeerDesk({
      nodeId: config.id,
      incarnation: identity.incarnation,
      clusterId: () => this.#replica.paxos.genesis?.clusterId ?? '',
      driver,
      metrics: this.#metrics,
      roundTrips: this.#inspection.roundTrips,
      logger,
    });
    this.#room = new RoomWatch({
      machine: this.#replica.machine,
      checkpointJournalBytes: config.checkpointJournalMib * 1024 * 1024,
      readFreeBytes: () => freeBytesOf(config.dataDir),
      onNotice: (code, text) => this.#notices.tell(code, text),
    });
    this.#rpc = new RpcServer({ maxConnections: config.maxConnections });
    const health = () => healthOf(this.#replica, { stopping: this.#stopping !== undefined, halt: this.#halt });
    this.#http = new HttpServer({
      live: () => liveChecks(health()),
      ready: () => readyChecks(health()),
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
    return nodeReport(this.#replica, this.#notices.told);
  }

  /** Once. @throws ServerError, StorageError */
  async start(): Promise<void> {
    const startedMs = performance.now();
    const { listen, http } = this.#config;
    this.#httpPort = await listenOn('http', addressOf(http), (address) => this.#http.listen(address));
    await restoreNode({
      dataDir: this.#config.dataDir,
      replica: this.#replica,
      driver: this.#driver,
      journal: this.#journal,
      checkpoints: this.#checkpoints,
      keeper: this.#keeper,
      notices: this.#notices,
      logger: this.#logger,
    });
    if (this.#halt !== undefined) return;
    const restoredMs = Math.round(performance.now() - startedMs);
    checkInitial(this.#config, this.#replica.paxos);
    this.#peers.register(this.#rpc);
    this.#peers.reach(dialled(this.#config, this.#replica.paxos.peers));
    this.#clients.register(this.#rpc);
    registerAdminService(
      this.#rpc,
      adminOperations({
        replica: this.#replica,
        driver: this.#driver,
        backups: this.#backups,
        memberChanges: this.#memberChanges,
        inspection: this.#inspection.handlers,
        report: () => this.report(),
      }),
    );
    this.#listenPort = await listenOn('listen', addressOf(listen), ({ host, port }) => this.#rpc.listen(host, port));
    // Without a pause between: nothing may reach the replica before it has booted.
    if (!this.#driver.start()) return this.#cut();
    this.#inspection.start();
    this.#peers.start();
    this.#room.start();
    const listening = { address: this.address, httpAddress: this.httpAddress, restoredMs };
    this.#logger.info({ event: 'listening', ...listening }, `listening on ${this.address}`);
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

  async #stop(): Promise<void> {
    const startedMs = performance.now();
    if (this.#halt === undefined) {
      this.#logger.info({ event: 'stopping' }, 'shutting down');
      await handOver(this.#replica, this.#driver);
      this.#rpc.stopAccepting();
      this.#memberChanges.close();
      this.#clients.closeAll(wireError('UNAVAILABLE', 'the node is shutting down'));
      this.#driver.stop();
      this.#peers.close();
      await this.#rpc.close(farewellMs);
    }
    this.#cut();
    this.#http.close();
    await atMost(storageCloseMs, this.#closeStorage());
    this.#logger.info({ event: 'stopped', durationMs: Math.round(performance.now() - startedMs) }, 'stopped');
  }

  async #closeStorage(): Promise<void> {
    this.#room.stop();
    this.#inspection.stop();
    // The journal last: it bears the name of this process, for the whole directory.
    try {
      await this.#keeper.close();
    } finally {
      await this.#journal.close();
    }
  }

  /** That a little was written makes room for nothing, unless a watch waits for it: it is worth no turn of its own. */
  #onDrained(connection: ConnectionId, bytes: number): void {
    const input = { type: 'clientDrained', connection, bytes } as const;
    if (bytes < promptDrainBytes && this.#replica.watches.laggingCount === 0) this.#driver.note(input);
    else this.#driver.give(input, 'bulk');
  }

  /** The sockets are cut, not closed: nothing may leave any more. */
  #cut(): void {
    this.#rpc.destroy();
    this.#memberChanges.close();
    this.#peers.close();
  }

  #onHalt(halt: NodeHalt): void {
    this.#halt = halt;
    this.#cut();
    this.#notices.tellHalt(halt);
    this.#reportHalt(halt);
  }
}
