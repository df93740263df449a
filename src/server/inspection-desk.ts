import type { JournalRecord } from '../paxos/record.ts';
import type { ConnectionId } from '../replica/input.ts';
import type { Replica } from '../replica/replica.ts';
import type { InspectionHandlers } from '../rpc/inspection-definition.ts';
import type { Journal } from '../storage/ports.ts';
import { ClientRoster } from './client-roster.ts';
import type { ServerConfig } from './config.ts';
import { HashObserver } from './hash-observer.ts';
import { LogReader } from './log-reader.ts';
import { type Room, Vitals } from './node-vitals.ts';
import { RoundTrips } from './round-trips.ts';
import { locksPage, sessionsPage } from './state-pages.ts';
import { watchesPage } from './watches-page.ts';
import type { WriteStage } from './write-stages.ts';

export interface InspectionParts {
  readonly replica: Replica;
  readonly config: ServerConfig;
  readonly journal: Pick<Journal, 'readSlots'>;
  readonly room: () => Room;
  /** HOST:PORT of a client; empty: it has gone. */
  readonly addressOf: (connection: ConnectionId) => string;
}

/** What operators may look at in this node. It is told what happens, and nothing here changes anything. */
export class InspectionDesk {
  readonly handlers: InspectionHandlers;
  readonly roundTrips = new RoundTrips();
  readonly roster = new ClientRoster();
  readonly #log: LogReader;
  readonly #hashes: HashObserver;
  readonly #vitals: Vitals;

  constructor({ replica, config, journal, room, addressOf }: InspectionParts) {
    const { roundTrips, roster } = this;
    this.#log = new LogReader(replica.paxos, journal, () => replica.status().checkpointSlot);
    this.#hashes = new HashObserver(replica.machine);
    this.#vitals = new Vitals({ replica, config, room, roundTrips });
    const clients = { addressOf, sessionsOf: (connection: ConnectionId) => roster.sessionsOf(connection) };
    this.handlers = {
      Locks: (request) => locksPage(replica, request),
      Sessions: async (request) => sessionsPage(replica, request),
      Watches: async (request) => watchesPage(replica.watches.all(), clients, request),
      Log: (request) => this.#log.read(request),
      StateHashes: ({ durationMs }) => this.#hashes.observe(durationMs),
      Vitals: async () => this.#vitals.now(),
    };
  }

  /** The disk has said what it knows. */
  start(): void {
    this.#log.onRestored();
    this.#vitals.start();
  }

  stop(): void {
    this.#vitals.stop();
  }

  onTurn(): void {
    this.#hashes.onTurn();
  }

  onAppended(durationMs: number, record: Pick<JournalRecord, 'chosenThrough'>): void {
    this.#log.onAppended(record);
    this.#vitals.onAppended(durationMs);
  }

  onWriteStage(stage: WriteStage, durationMs: number): void {
    this.#vitals.onWriteStage(stage, durationMs);
  }
}
