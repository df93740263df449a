import type { Replica } from '../replica/replica.ts';
import type { NodeVitals } from '../rpc/inspection-definition.ts';
import type { ServerConfig } from './config.ts';
import { EventLoopWatch } from './event-loop-delay.ts';
import { RecentDurations } from './recent-durations.ts';
import type { RoomWatch } from './room-watch.ts';
import type { RoundTrips } from './round-trips.ts';
import type { WriteStage } from './write-stages.ts';

/** The newest appends, and commits, that are told of. */
const kept = 256;

/** Settings that every node has for itself, and that should be the same on all. */
const sharedSettings = [
  'heartbeatMs',
  'silenceMsLow',
  'silenceMsHigh',
  'checkpointJournalMib',
  'maxConnections',
] as const satisfies readonly (keyof ServerConfig)[];

export type Room = Pick<RoomWatch, 'freeDiskBytes' | 'neededDiskBytes'>;

export interface VitalsParts {
  readonly replica: Replica;
  readonly config: ServerConfig;
  readonly room: () => Room;
  readonly roundTrips: Pick<RoundTrips, 'to'>;
}

/** How this node and its machine are doing. */
export class Vitals {
  readonly #parts: VitalsParts;
  readonly #eventLoop = new EventLoopWatch();
  readonly #appends = new RecentDurations(kept);
  readonly #commits = new RecentDurations(kept);

  constructor(parts: VitalsParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#eventLoop.start();
  }

  stop(): void {
    this.#eventLoop.stop();
  }

  onAppended(durationMs: number): void {
    this.#appends.add(durationMs);
  }

  onWriteStage(stage: WriteStage, durationMs: number): void {
    if (stage === 'quorum') this.#commits.add(durationMs);
  }

  now(): NodeVitals {
    const { replica, config, room, roundTrips } = this.#parts;
    const { paxos } = replica;
    const { freeDiskBytes, neededDiskBytes } = room();
    const { rss, heapUsed } = process.memoryUsage();
    const eventLoop = this.#eventLoop.delay();
    return {
      wallClockMs: Date.now(),
      monotonicMs: performance.now(),
      residentMemoryBytes: rss,
      heapUsedBytes: heapUsed,
      eventLoopDelayP99Ms: eventLoop.p99Ms,
      eventLoopDelayMaxMs: eventLoop.maxMs,
      appends: this.#appends.summary(),
      commits: this.#commits.summary(),
      roundTrips: paxos.serving ? roundTrips.to(paxos.peers) : [],
      diskFreeBytes: freeDiskBytes,
      diskNeededBytes: neededDiskBytes,
      journaledBytes: replica.status().journaledBytes,
      leaseMs: paxos.genesis?.settings.leaseMs ?? 0,
      clockDriftPermille: paxos.genesis?.settings.clockDriftPermille ?? 0,
      settings: sharedSettings.map((name) => ({ name, value: String(config[name]) })),
    };
  }
}
