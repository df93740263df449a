import { Client, type ClientDuplexStream, credentials } from '@grpc/grpc-js';
import { vi } from 'vitest';
import { plainSession } from '../../src/testing/plain-session.ts';
import { type ClientFrame, emptyClientFrame } from '../../src/wire/frame.ts';
import { decodeServerFrame, encodeClientFrame } from '../../src/wire/frame-codec.ts';
import type { Revision, Sequence, SessionId } from '../../src/wire/identifiers.ts';
import { protocolVersion } from '../../src/wire/limits.ts';
import type { Operation, OperationBody } from '../../src/wire/operation.ts';
import { encodeOperation } from '../../src/wire/operation-codec.ts';
import type { Result, WireError } from '../../src/wire/result.ts';
import { decodeResult } from '../../src/wire/result-codec.ts';

/** Speaks `client.proto` on one stream, with one session and no retries: what a node does, and not what the SDK makes of it. */
export class WireClient {
  readonly #client: Client;
  readonly #call: ClientDuplexStream<Buffer, Buffer>;
  readonly #results = new Map<number, Result>();
  clusterId = '';
  goodbye: WireError | undefined;
  #lastRequest = 0;
  #sessionId = 0 as SessionId;
  #sequence = 0;
  #revision = 0 as Revision;

  constructor(address: string) {
    const raw = (bytes: Buffer): Buffer => bytes;
    this.#client = new Client(address, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });
    this.#call = this.#client.makeBidiStreamRequest('/conclave.v1.Client/Connect', raw, raw);
    this.#call.on('error', () => undefined);
    this.#call.on('data', (bytes: Buffer) => {
      const frame = decodeServerFrame(bytes);
      this.clusterId = frame.welcome?.clusterId ?? this.clusterId;
      this.goodbye = frame.goodbye ?? this.goodbye;
      for (const encoded of frame.results) {
        const result = decodeResult(encoded);
        this.#results.set(result.requestId, result);
      }
    });
    const hello = { protocol: protocolVersion, clusterId: '', revision: 0 as Revision, client: 'test' };
    this.#send({ ...emptyClientFrame, hello });
  }

  async openSession(): Promise<void> {
    const { body } = await this.#request(
      { kind: 'openSession', ttlMs: 10_000, name: '', nonce: 1n, ...plainSession },
      false,
    );
    if (body.kind === 'sessionOpened') this.#sessionId = body.sessionId;
  }

  /** A command of the session. */
  command(body: OperationBody): Promise<Result> {
    return this.#request(body, true);
  }

  read(body: OperationBody): Promise<Result> {
    return this.#request(body, false);
  }

  close(): void {
    this.#call.cancel();
    this.#client.close();
  }

  async #request(body: OperationBody, numbered: boolean): Promise<Result> {
    this.#lastRequest += 1;
    const requestId = this.#lastRequest;
    if (numbered) this.#sequence += 1;
    const sequence = this.#sequence as Sequence;
    const command = { sessionId: this.#sessionId, generation: 1, sequence, acknowledged: sequence - 1 };
    const operation: Operation = {
      requestId,
      command: numbered ? command : undefined,
      seenRevision: this.#revision,
      body,
    };
    this.#send({ ...emptyClientFrame, operations: [encodeOperation(operation)] });
    return await vi.waitFor(
      () => {
        const result = this.#results.get(requestId);
        if (result === undefined) throw new Error(`no answer to ${body.kind}`);
        return result;
      },
      { timeout: 5_000, interval: 2 },
    );
  }

  #send(frame: ClientFrame): void {
    this.#call.write(Buffer.from(encodeClientFrame(frame)));
  }
}
