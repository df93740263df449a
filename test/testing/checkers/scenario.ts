import type { OperationRecord } from '../../../src/testing/checkers/history.ts';
import { ReferenceModel } from '../../../src/testing/checkers/reference-model.ts';
import { plainSession } from '../../../src/testing/plain-session.ts';
import { utf8Bytes } from '../../../src/wire/bytes.ts';
import type { Revision, Sequence, SessionId } from '../../../src/wire/identifiers.ts';
import type { CommandBody, ReadBody } from '../../../src/wire/operation.ts';
import type { ResultBody } from '../../../src/wire/result.ts';

export const put = (key: string, value: string, ephemeral = false): CommandBody => ({
  kind: 'put',
  key: utf8Bytes(key),
  value: utf8Bytes(value),
  ephemeral,
});

export const get = (key: string, revision = 0): ReadBody => ({
  kind: 'get',
  key: utf8Bytes(key),
  revision: revision as Revision,
  consistency: 'linearizable',
});

const secret = utf8Bytes('0123456789abcdef');

/** A faultless history of one service, from which each test makes its own faulty one. One step takes 10 µs. */
export class Scenario {
  readonly model = new ReferenceModel();
  readonly operations: OperationRecord[] = [];
  nowUs = 0;
  readonly #sequences = new Map<SessionId, number>();
  readonly #generations = new Map<SessionId, number>();

  openSession(ttlMs = 1_000): SessionId {
    const nonce = BigInt(this.nowUs);
    const body: CommandBody = { kind: 'openSession', ttlMs, name: '', nonce, ...plainSession, secret };
    const { result } = this.#apply(body, undefined);
    if (result.kind !== 'sessionOpened') throw new Error('not opened');
    return result.sessionId;
  }

  /** The next generation takes over; commands go on under it. */
  resumeSession(sessionId: SessionId): OperationRecord & { readonly result: ResultBody } {
    const generation = this.#generation(sessionId);
    const nonce = BigInt(this.nowUs);
    const record = this.#apply({ kind: 'resumeSession', sessionId, generation, secret, nonce }, undefined);
    this.#generations.set(sessionId, generation + 1);
    return record;
  }

  expireSession(sessionId: SessionId, generation = 1): void {
    this.nowUs += 5;
    const body = { kind: 'expireSession', sessionId, generation, ballot: { round: 0, nodeId: '' } } as const;
    const operation = { requestId: 0, command: undefined, seenRevision: 0 as Revision, body };
    this.model.apply(operation, this.model.applied.length + 1, this.nowUs);
    this.nowUs += 5;
  }

  /** Called, chosen and answered as it should be. */
  command(sessionId: SessionId, body: CommandBody): OperationRecord & { readonly result: ResultBody } {
    const sequence = ((this.#sequences.get(sessionId) ?? 0) + 1) as Sequence;
    this.#sequences.set(sessionId, sequence);
    return this.#apply(body, { sessionId, generation: this.#generation(sessionId), sequence });
  }

  /** Chosen again: a late copy. */
  repeat({ body, command }: OperationRecord): ResultBody {
    if (command === undefined) throw new Error('only commands are repeated');
    const operation = {
      requestId: 1,
      command: { ...command, acknowledged: 0 },
      seenRevision: 0 as Revision,
      body,
    };
    return this.model.apply(operation, this.model.applied.length + 1, this.nowUs).result;
  }

  read(body: ReadBody, result: ResultBody, revision = this.model.revision): OperationRecord {
    const callUs = this.nowUs;
    this.nowUs += 10;
    const outcome = { kind: 'done', returnUs: this.nowUs, revision: revision as Revision, body: result } as const;
    const record: OperationRecord = { client: 'c', body, command: undefined, callUs, seenRevision: 0, outcome };
    this.operations.push(record);
    this.nowUs += 1;
    return record;
  }

  #generation(sessionId: SessionId): number {
    return this.#generations.get(sessionId) ?? 1;
  }

  #apply(body: CommandBody, command: OperationRecord['command']): OperationRecord & { readonly result: ResultBody } {
    const callUs = this.nowUs;
    const operation = {
      requestId: 1,
      command: command && { ...command, acknowledged: command.sequence - 1 },
      seenRevision: 0 as Revision,
      body,
    };
    const { revision, result } = this.model.apply(operation, this.model.applied.length + 1, callUs + 5);
    const outcome = { kind: 'done', returnUs: callUs + 10, revision, body: result } as const;
    const record: OperationRecord = { client: 'c', body, command, callUs, seenRevision: 0, outcome };
    this.operations.push(record);
    this.nowUs = callUs + 11;
    return Object.assign(record, { result });
  }
}

/** The names of what was found, each once. */
export function checksOf(findings: readonly { readonly check: string }[]): string[] {
  return [...new Set(findings.map(({ check }) => check))];
}
