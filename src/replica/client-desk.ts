import type { AppliedOperation } from '../machine/applied.ts';
import type { Machine } from '../machine/machine.ts';
import type { Paxos } from '../paxos/paxos.ts';
import type { ErrorCode } from '../wire/errors.ts';
import type { ClientFrame, Hello, LeaderHint } from '../wire/frame.ts';
import type { NodeId, Revision } from '../wire/identifiers.ts';
import { protocolVersion } from '../wire/limits.ts';
import type { Operation } from '../wire/operation.ts';
import { decodeOperation } from '../wire/operation-codec.ts';
import { isReadBody } from '../wire/operation-kind.ts';
import { WireFormatError } from '../wire/protobuf.ts';
import { decodeResult, encodeResult } from '../wire/result-codec.ts';
import { validateOperation } from '../wire/validate.ts';
import type { CommandRouter } from './command-router.ts';
import type { Connection, Connections } from './connections.ts';
import { levelError } from './feature-gate.ts';
import type { GrantDesk } from './grant-desk.ts';
import type { ConnectionId } from './input.ts';
import type { KeepAliveRouter } from './keep-alive-router.ts';
import type { Occupancy } from './limits.ts';
import type { ReadRouter } from './read-router.ts';
import type { WatchHub } from './watch-hub.ts';

export interface ClientDeskParts {
  readonly nodeId: NodeId;
  readonly machine: Machine;
  readonly paxos: Paxos;
  readonly connections: Connections;
  readonly commands: CommandRouter;
  readonly reads: ReadRouter;
  readonly keepAlives: KeepAliveRouter;
  readonly watches: WatchHub;
  readonly grants: GrantDesk;
  readonly leaderHint: () => LeaderHint;
}

/** Where clients' frames arrive: greets, checks, and hands each part to the one who answers it. */
export class ClientDesk {
  readonly #parts: ClientDeskParts;

  constructor(parts: ClientDeskParts) {
    this.#parts = parts;
  }

  onFrame(id: ConnectionId, frame: ClientFrame, nowMs: number): void {
    const connection = this.#parts.connections.get(id);
    if (connection === undefined || connection.closing) return;
    if (frame.hello !== undefined) this.#onHello(connection, frame.hello);
    else if (!connection.greeted) this.#dismiss(connection, 'PROTOCOL_ERROR', 'the first frame has no hello');
    if (connection.closing) return;
    for (const bytes of frame.operations) {
      if (!this.#onOperation(connection, bytes, nowMs)) return;
    }
    for (const keepAlive of frame.keepAlives) this.#parts.keepAlives.submit(id, keepAlive);
    for (const watchId of frame.watchCancels) this.#parts.watches.cancel(connection, watchId);
    for (const request of frame.watchCreates) this.#parts.watches.create(connection, request);
    for (const query of frame.grantQueries) this.#parts.grants.query(connection, query);
  }

  /** Of all but the proposals. */
  occupancy(): Omit<Occupancy, 'queuedOperations' | 'queuedBytes'> {
    const { machine, connections, commands, reads, keepAlives, watches, grants } = this.#parts;
    let outputLimitBytes = 0;
    for (const { closing, unwrittenBytes } of connections.values()) {
      if (!closing) outputLimitBytes = Math.max(outputLimitBytes, unwrittenBytes);
    }
    const { revisions, bytes } = machine.historySize;
    return {
      pendingCommands: commands.pendingCount,
      pendingCommandBytes: commands.pendingBytes,
      pendingReads: reads.pendingCount,
      watches: watches.count,
      grantQuestions: grants.behindCount,
      relayedKeepAlives: keepAlives.relayedCount,
      outputLimitBytes,
      historyRevisions: revisions,
      historyBytes: bytes,
    };
  }

  onClosed(id: ConnectionId): void {
    const connection = this.#parts.connections.get(id);
    if (connection === undefined) return;
    this.#parts.connections.close(id);
    this.#parts.commands.onClientClosed(id);
    this.#parts.watches.onClientClosed(connection);
    this.#parts.grants.onClientClosed(connection);
  }

  /** Clients that do not read what they asked for. */
  dropOverflown(): void {
    for (const connection of this.#parts.connections.spoken()) {
      if (connection.overflown && !connection.closing) {
        this.#dismiss(connection, 'BUSY', 'the client does not read its answers');
      }
    }
  }

  onOperationApplied(applied: AppliedOperation): void {
    const { commands, grants } = this.#parts;
    const { command, body } = applied.operation;
    const connectionId = commands.onApplied(applied);
    if (connectionId !== undefined) this.#followAcquisition(connectionId, applied.operation, applied.result);
    if (body.kind === 'lockCancel' && command !== undefined) grants.onCancelled(command.sessionId, body.sequence);
  }

  #onHello(connection: Connection, hello: Hello): void {
    const { paxos, machine, nodeId, leaderHint } = this.#parts;
    if (connection.greeted) {
      this.#dismiss(connection, 'PROTOCOL_ERROR', 'a second hello');
    } else if (hello.protocol !== protocolVersion) {
      this.#dismiss(connection, 'UNSUPPORTED', `this node speaks protocol ${protocolVersion}, not ${hello.protocol}`);
    } else if (paxos.genesis === undefined || !paxos.formed) {
      this.#dismiss(connection, 'UNAVAILABLE', 'this node belongs to no cluster yet');
    } else if (!paxos.canApply) {
      this.#dismiss(connection, 'UNAVAILABLE', 'this node has lost its state, and waits for another node to send it');
    } else if (hello.clusterId !== '' && hello.clusterId !== paxos.genesis.clusterId) {
      const text = `this node belongs to cluster ${paxos.genesis.clusterId}, the client to ${hello.clusterId}`;
      this.#dismiss(connection, 'CLUSTER_CHANGED', text);
    } else {
      connection.greeted = true;
      connection.seenRevision = hello.revision;
      connection.welcome({
        protocol: protocolVersion,
        clusterId: paxos.genesis.clusterId,
        nodeId,
        leader: leaderHint(),
        revision: machine.revision,
      });
    }
  }

  /** False if the connection was dismissed. */
  #onOperation(connection: Connection, bytes: Uint8Array, nowMs: number): boolean {
    let operation: Operation;
    try {
      operation = decodeOperation(bytes);
    } catch (error) {
      if (!(error instanceof WireFormatError)) throw error;
      this.#dismiss(connection, 'PROTOCOL_ERROR', `an operation cannot be decoded: ${error.message}`);
      return false;
    }
    const { requestId, seenRevision, body } = operation;
    const invalid = validateOperation(operation) ?? levelError(this.#parts.machine, body);
    if (invalid !== undefined) {
      connection.result(encodeResult({ requestId, revision: this.#parts.machine.revision, body: invalid }));
    } else if (isReadBody(body)) {
      const seen = Math.max(seenRevision, connection.seenRevision) as Revision;
      this.#parts.reads.submit({ connection: connection.id, requestId, seenRevision: seen, body, arrivedMs: nowMs });
    } else {
      const remembered = this.#parts.commands.submit(connection.id, operation, bytes, nowMs);
      if (remembered !== undefined) this.#followAcquisition(connection.id, operation, remembered);
    }
    return true;
  }

  /** A client that is told `queued` is told the rest when it happens, on this stream. */
  #followAcquisition(id: ConnectionId, operation: Operation, result: Uint8Array | undefined): void {
    const connection = this.#parts.connections.get(id);
    const { command, body } = operation;
    if (connection === undefined || command === undefined || body.kind !== 'lockAcquire' || result === undefined)
      return;
    this.#parts.grants.heard(connection, command);
    const answer = decodeResult(result).body;
    if (answer.kind !== 'lock' || answer.state !== 'queued') return;
    const { sessionId, generation, sequence } = command;
    this.#parts.grants.expect(connection, { sessionId, generation, sequence, name: body.name });
  }

  #dismiss(connection: Connection, code: ErrorCode, message: string): void {
    connection.goodbye({ kind: 'error', code, message, oldestRevision: 0 as Revision });
  }
}
