import * as grpc from '@grpc/grpc-js';
import type { ErrorCode } from '../../src/wire/errors.ts';
import type { ClientFrame, GrantQuery, ServerFrame } from '../../src/wire/frame.ts';
import { decodeClientFrame, encodeServerFrame } from '../../src/wire/frame-codec.ts';
import type { NodeId, Revision } from '../../src/wire/identifiers.ts';
import { encodeWatchNotice } from '../../src/wire/notice-codec.ts';
import type { KeyRange, Operation } from '../../src/wire/operation.ts';
import { decodeOperation } from '../../src/wire/operation-codec.ts';
import { encodeResult, errorResult } from '../../src/wire/result-codec.ts';
import { emptyFrame } from './core/world.ts';
import { FakeService, type Holder, inRange } from './fake-service.ts';

type Call = grpc.ServerDuplexStream<Uint8Array, Uint8Array>;

interface Connection {
  readonly call: Call;
  readonly watches: Map<number, KeyRange>;
}

/** Keeps a service on a free port of the loopback, and speaks the real protocol over real gRPC. */
export class FakeNode {
  readonly service: FakeService;
  readonly operations: Operation[] = [];
  readonly #server = new grpc.Server();
  readonly #connections = new Set<Connection>();
  /** Requests of these kinds are left without an answer. */
  readonly silentOn = new Set<Operation['body']['kind']>();
  /** Requests of these kinds are refused. */
  readonly refusals = new Map<Operation['body']['kind'], ErrorCode>();
  answersKeepAlives = true;
  address = '';

  private constructor(service: FakeService) {
    this.service = service;
    service.onEvents = (revision, events) => {
      for (const connection of this.#connections) {
        for (const [watchId, range] of connection.watches) {
          const seen = events.filter(({ key }) => inRange(range, key));
          if (seen.length === 0) continue;
          const notice = { kind: 'batch', revision, events: seen, partial: false } as const;
          this.#send(connection, { watchNotices: [encodeWatchNotice({ watchIds: [watchId], notice })] });
        }
      }
    };
    service.onGrant = (holder, token) => {
      for (const connection of this.#connections) this.#grant(connection, holder, token);
    };
  }

  static async start(port = 0): Promise<FakeNode> {
    const node = new FakeNode(new FakeService());
    node.#server.addService(
      {
        connect: {
          path: '/conclave.v1.Client/Connect',
          requestStream: true,
          responseStream: true,
          requestSerialize: asBuffer,
          requestDeserialize: identity,
          responseSerialize: asBuffer,
          responseDeserialize: identity,
        },
      },
      { connect: (call: Call) => node.#accept(call) },
    );
    const bound = await new Promise<number>((resolve, reject) => {
      node.#server.bindAsync(`127.0.0.1:${port}`, grpc.ServerCredentials.createInsecure(), (error, free) => {
        if (error === null) resolve(free);
        else reject(error);
      });
    });
    node.address = `127.0.0.1:${bound}`;
    return node;
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  count(kind: Operation['body']['kind']): number {
    return this.operations.filter(({ body }) => body.kind === kind).length;
  }

  /** Ends every stream; clients may come back at once. */
  dropConnections(): void {
    for (const { call } of this.#connections) {
      call.emit('error', Object.assign(new Error('dropped'), { code: grpc.status.UNAVAILABLE }));
    }
    this.#connections.clear();
  }

  /** Ends every session in the service and tells the clients. */
  expireSessions(): void {
    const ended = [...this.service.sessions];
    for (const sessionId of ended) this.service.end(sessionId);
    for (const connection of this.#connections) this.#send(connection, { keepAlives: [{ id: 0, alive: [], ended }] });
  }

  endWatches(code: ErrorCode): void {
    for (const connection of this.#connections) {
      for (const watchId of connection.watches.keys()) {
        const error = { kind: 'error', code, message: 'ended', oldestRevision: 77 as Revision } as const;
        const notice = { watchIds: [watchId], notice: { kind: 'ended', error } } as const;
        this.#send(connection, { watchNotices: [encodeWatchNotice(notice)] });
      }
      connection.watches.clear();
    }
  }

  stop(): void {
    this.#server.forceShutdown();
  }

  #accept(call: Call): void {
    const connection: Connection = { call, watches: new Map() };
    this.#connections.add(connection);
    call.on('data', (bytes: Uint8Array) => this.#onFrame(connection, decodeClientFrame(bytes)));
    const gone = (): void => void this.#connections.delete(connection);
    call.on('error', gone);
    call.on('cancelled', gone);
    call.on('end', gone);
  }

  #onFrame(connection: Connection, frame: ClientFrame): void {
    const revision = this.service.revision as Revision;
    if (frame.hello !== undefined) {
      const nodeId = 'n1' as NodeId;
      const leader = { nodeId, address: this.address };
      const welcome = { protocol: 1, clusterId: 'fake', nodeId, leader, revision };
      this.#send(connection, { welcome });
    }
    for (const { watchId, target, fromRevision } of frame.watchCreates) {
      connection.watches.set(watchId, target.range);
      const startRevision = (fromRevision === 0 ? this.service.revision + 1 : fromRevision) as Revision;
      const notice = { kind: 'created', startRevision } as const;
      this.#send(connection, { watchNotices: [encodeWatchNotice({ watchIds: [watchId], notice })] });
    }
    for (const watchId of frame.watchCancels) connection.watches.delete(watchId);
    for (const { id, sessions } of frame.keepAlives) {
      if (!this.answersKeepAlives && sessions.length > 0) continue;
      const ids = sessions.map(({ sessionId }) => sessionId);
      const alive = ids.filter((sessionId) => this.service.sessions.has(sessionId));
      this.#send(connection, { keepAlives: [{ id, alive, ended: ids.filter((each) => !alive.includes(each)) }] });
    }
    for (const query of frame.grantQueries) this.#onQuery(connection, query);
    for (const bytes of frame.operations) this.#onOperation(connection, decodeOperation(bytes));
  }

  #onOperation(connection: Connection, operation: Operation): void {
    this.operations.push(operation);
    const { requestId, body } = operation;
    if (this.silentOn.has(body.kind)) return;
    const refusal = this.refusals.get(body.kind);
    const before = this.service.revision as Revision;
    const result =
      refusal === undefined
        ? { requestId, body: this.service.apply(operation), revision: this.service.revision as Revision }
        : errorResult(requestId, before, refusal, 'refused by the test');
    this.#send(connection, { results: [encodeResult(result)] });
  }

  #onQuery(connection: Connection, { sessionId, sequence }: GrantQuery): void {
    const revision = this.service.revision as Revision;
    this.#send(connection, { grants: [{ sessionId, sequence, state: 'queued', token: 0, revision }] });
  }

  #grant(connection: Connection, { sessionId, sequence }: Holder, token: number): void {
    const revision = this.service.revision as Revision;
    this.#send(connection, { grants: [{ sessionId, sequence, state: 'held', token, revision }] });
  }

  #send({ call }: Connection, frame: Partial<ServerFrame>): void {
    call.write(encodeServerFrame({ ...emptyFrame, ...frame }));
  }
}

function identity(bytes: Buffer): Uint8Array {
  return bytes;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes);
}
