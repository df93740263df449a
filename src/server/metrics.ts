import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { JournalRecord, Slot } from '../paxos/record.ts';
import type { Lane } from '../replica/effect.ts';
import type { NodeId } from '../wire/identifiers.ts';
import type { WriteStage } from './write-stages.ts';

/** What these counters show is counted elsewhere. */
export interface CountersSample {
  readonly journalBytes: number;
  readonly checkpointStoreBytes: number;
}

/** What gauges and counters show, read when they are asked for. */
export interface MetricsSample extends CountersSample {
  readonly hasLeader: boolean;
  readonly isLeader: boolean;
  readonly slotsChosen: number;
  readonly slotsApplied: number;
  readonly slotsOpen: number;
  readonly revision: number;
  readonly checkpointSlot: number;
  readonly journaledBytes: number;
  readonly sessions: number;
  readonly watches: number;
  readonly laggingWatches: number;
  readonly lockWaiters: number;
  readonly pendingCommands: number;
  readonly pendingReads: number;
  readonly clientStreams: number;
  readonly tcpConnections: number;
  readonly peerQueueBytes: number;
  readonly peersConnected: number;
  readonly residentBytes: number;
  readonly quotaBytes: number;
  readonly featureLevel: number;
  readonly diskFreeBytes: number;
}

const counters: { readonly [Name in keyof CountersSample]: readonly [name: string, help: string] } = {
  journalBytes: [
    'conclave_journal_handed_bytes_total',
    'Bytes of keys and values that the journal has handed to LevelDB.',
  ],
  checkpointStoreBytes: [
    'conclave_checkpoint_handed_bytes_total',
    'Bytes of keys and values that the store of checkpoints has handed to LevelDB.',
  ],
};

const gauges: {
  readonly [Name in Exclude<keyof MetricsSample, keyof CountersSample>]: readonly [name: string, help: string];
} = {
  hasLeader: ['conclave_has_leader', 'Whether this node knows a leader (1) or not (0).'],
  isLeader: ['conclave_is_leader', 'Whether this node leads and serves.'],
  slotsChosen: ['conclave_slots_chosen', 'Every slot up to this one is known to be chosen.'],
  slotsApplied: ['conclave_slots_applied', 'Every slot up to this one has taken effect in the state of this node.'],
  slotsOpen: ['conclave_slots_open', 'Slots that this leader has proposed and that are not known to be chosen.'],
  revision: ['conclave_revision', 'The revision of the state of this node.'],
  checkpointSlot: [
    'conclave_checkpoint_slot',
    'The slot after which the newest checkpoint of this node was taken; 0: none.',
  ],
  journaledBytes: [
    'conclave_journal_bytes_since_checkpoint',
    'Bytes journaled since the state of the newest checkpoint.',
  ],
  sessions: ['conclave_sessions', 'Sessions open in the state, on whatever nodes their clients are.'],
  watches: ['conclave_watches', 'Watches on this node.'],
  laggingWatches: ['conclave_watches_lagging', 'Watches on this node that read history because their client is slow.'],
  lockWaiters: ['conclave_lock_waiters', 'Acquisitions of clients of this node that wait for their grant.'],
  pendingCommands: ['conclave_commands_pending', 'Commands of clients of this node that are not answered yet.'],
  pendingReads: ['conclave_reads_pending', 'Reads of clients of this node that are not answered yet.'],
  clientStreams: ['conclave_client_streams', 'Streams of clients on this node.'],
  tcpConnections: ['conclave_tcp_connections', 'TCP connections that this node has accepted, of clients and peers.'],
  peerQueueBytes: ['conclave_peer_queue_bytes', 'Bytes that wait to be sent to peers.'],
  peersConnected: ['conclave_peers_connected', 'Peers to which all links are up.'],
  residentBytes: ['conclave_resident_bytes', 'What the state takes, as the quota counts it.'],
  quotaBytes: ['conclave_quota_bytes', 'The quota, past which what grows is refused; +Inf: none is in force yet.'],
  featureLevel: ['conclave_feature_level', 'What the members have agreed to make use of.'],
  diskFreeBytes: ['conclave_disk_free_bytes', 'Free on the file system of the data directory; 0: not known yet.'],
};

const durationBuckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250];
const latencyBuckets = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];

let ofProcess: Registry | undefined;

/** Of all nodes: prom-client never ends what it begins here, and what that holds on to is never freed. */
function processMetrics(): Registry {
  if (ofProcess === undefined) {
    ofProcess = new Registry();
    collectDefaultMetrics({ register: ofProcess });
  }
  return ofProcess;
}

/** Everything under /metrics. Names that begin with `conclave_` are part of the interface. */
export class Metrics {
  readonly #registry = Registry.merge([processMetrics()]);
  readonly #leaderChanges: Counter;
  readonly #operations: Counter;
  readonly #operationBytes: Counter;
  readonly #divergences: Counter;
  readonly #journalAppendSeconds: Histogram;
  readonly #writeStageSeconds: { readonly [Stage in WriteStage]: { observe(seconds: number): void } };
  readonly #checkpointSeconds: Histogram;
  readonly #checkpointBytes: Counter;
  readonly #checkpointChunksReceived: Counter;
  readonly #peerDroppedMessages: Counter<'peer' | 'lane' | 'reason'>;
  readonly #peerDisconnects: Counter<'peer'>;
  /** Every slot up to it has been counted. */
  #countedThrough: Slot = 0;

  constructor(nodeId: NodeId, sample: () => MetricsSample) {
    const registers = [this.#registry];
    this.#registry.setDefaultLabels({ node: nodeId });
    for (const [field, [name, help]] of Object.entries(gauges)) {
      const gauge: Gauge = new Gauge({
        name,
        help,
        registers,
        collect: () => gauge.set(Number(sample()[field as keyof MetricsSample])),
      });
    }
    for (const [field, [name, help]] of Object.entries(counters)) {
      const counter: Counter = new Counter({
        name,
        help,
        registers,
        collect: () => {
          counter.reset();
          counter.inc(sample()[field as keyof CountersSample]);
        },
      });
    }
    this.#leaderChanges = new Counter({
      name: 'conclave_leader_changes_total',
      help: 'How often this node has come to follow another leader, or to lead.',
      registers,
    });
    this.#operations = new Counter({
      name: 'conclave_operations_total',
      help: 'Operations that clients have sent to this node, repetitions included.',
      registers,
    });
    this.#operationBytes = new Counter({
      name: 'conclave_operation_bytes_total',
      help: 'Bytes of the operations that this node has journaled, those of each slot once.',
      registers,
    });
    this.#divergences = new Counter({
      name: 'conclave_state_divergences_total',
      help: 'Slots after which states of members differed, as this leader found, while no majority agreed on one.',
      registers,
    });
    this.#journalAppendSeconds = new Histogram({
      name: 'conclave_journal_append_seconds',
      help: 'From the decision to append a record to the journal until it was durable.',
      buckets: latencyBuckets,
      registers,
    });
    const stageSeconds = new Histogram({
      name: 'conclave_write_stage_seconds',
      help: 'Of writes, by stage: waiting for a turn, from proposed to chosen, the turn that applies, writing the answer.',
      labelNames: ['stage'],
      buckets: latencyBuckets,
      registers,
    });
    this.#writeStageSeconds = {
      queue: stageSeconds.labels('queue'),
      quorum: stageSeconds.labels('quorum'),
      apply: stageSeconds.labels('apply'),
      reply: stageSeconds.labels('reply'),
    };
    this.#checkpointSeconds = new Histogram({
      name: 'conclave_checkpoint_seconds',
      help: 'From the first chunk of a checkpoint, of this node or sent by another one, until it was durable and verified.',
      buckets: durationBuckets,
      registers,
    });
    this.#checkpointBytes = new Counter({
      name: 'conclave_checkpoint_bytes_total',
      help: 'Bytes of the checkpoints that this node has written, those included that another one has sent.',
      registers,
    });
    this.#checkpointChunksReceived = new Counter({
      name: 'conclave_checkpoint_chunks_received_total',
      help: 'Chunks of checkpoints that another node has sent because this one had fallen behind.',
      registers,
    });
    this.#peerDroppedMessages = new Counter({
      name: 'conclave_peer_dropped_messages_total',
      help: 'Messages to a peer that were dropped before they were sent; the protocol repeats what is needed.',
      labelNames: ['peer', 'lane', 'reason'],
      registers,
    });
    this.#peerDisconnects = new Counter({
      name: 'conclave_peer_disconnects_total',
      help: 'How often the links to a peer broke.',
      labelNames: ['peer'],
      registers,
    });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  leaderChanged(): void {
    this.#leaderChanges.inc();
  }

  operationsReceived(count: number): void {
    this.#operations.inc(count);
  }

  journalAppended(durationMs: number, { accepted }: Pick<JournalRecord, 'accepted'>): void {
    this.#journalAppendSeconds.observe(durationMs / 1000);
    for (const { slot, value } of accepted) {
      if (slot <= this.#countedThrough) continue;
      this.#countedThrough = slot;
      this.#operationBytes.inc(value.length);
    }
  }

  stateDiverged(): void {
    this.#divergences.inc();
  }

  writeStage(stage: WriteStage, durationMs: number): void {
    this.#writeStageSeconds[stage].observe(durationMs / 1000);
  }

  checkpointWritten(bytes: number, durationMs: number): void {
    this.#checkpointBytes.inc(bytes);
    this.#checkpointSeconds.observe(durationMs / 1000);
  }

  checkpointChunkReceived(): void {
    this.#checkpointChunksReceived.inc();
  }

  peerDropped(peer: NodeId, lane: Lane, reason: string, messages: number): void {
    this.#peerDroppedMessages.inc({ peer, lane, reason }, messages);
  }

  peerDisconnected(peer: NodeId): void {
    this.#peerDisconnects.inc({ peer });
  }
}
