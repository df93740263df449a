import type { Settlement } from '../../../client/core/effect.ts';
import type { CallId } from '../../../client/core/input.ts';
import type { ClientFrame } from '../../../wire/frame.ts';
import type { CommandId } from '../../../wire/operation.ts';
import { decodeOperation } from '../../../wire/operation-codec.ts';
import { isReadBody } from '../../../wire/operation-kind.ts';
import type { OperationRecord } from '../../checkers/history.ts';
import { sameStructure } from '../../checkers/structural-equality.ts';
import { violated } from '../invariants/violation.ts';
import type { ClientHost } from './client-parts.ts';
import { markAnswer } from './keyspace-marks.ts';

/** A command as the program called it; the SDK numbers it when it first sends it. */
export interface SdkCommand {
  readonly callId: CallId;
  readonly body: OperationRecord['body'];
  command: OperationRecord['command'];
}

/**
 * The calls of a program through the SDK. Which number in which session a command was given is not for the program to know; here it
 * is read off the frames, where commands stand in the order of calling.
 */
export class SdkCalls {
  readonly #host: ClientHost;
  readonly #records = new Map<CallId, OperationRecord>();
  /** Called and not yet seen in a frame, in the order of calling. */
  #unsent: SdkCommand[] = [];
  readonly #seen = new Set<string>();

  constructor(host: ClientHost) {
    this.#host = host;
  }

  get count(): number {
    return this.#records.size;
  }

  /** By the program, as it is now. */
  begin(
    callId: CallId,
    { name: client, seenRevision }: { readonly name: string; readonly seenRevision: number },
    body: OperationRecord['body'],
  ): void {
    const callUs = this.#host.queue.nowUs;
    const outcome = { kind: 'unknown' } as const;
    const record: OperationRecord = { client, body, command: undefined, callUs, seenRevision, outcome };
    this.#records.set(callId, record);
    this.#host.history.operations.push(record);
    if (!isReadBody(record.body)) this.expect({ callId, ...record, command: undefined });
  }

  /** A command that will be sent, now or later. */
  expect(command: SdkCommand): void {
    this.#unsent.push(command);
  }

  /** The SDK sends that: whose commands are in it? */
  onSend(frame: ClientFrame): void {
    for (const bytes of frame.operations) {
      const { command, body } = decodeOperation(bytes);
      if (command === undefined) continue;
      const name = `${command.sessionId}/${command.sequence}`;
      if (this.#seen.has(name)) {
        this.#host.coverage.hit('command sent again after a break');
        continue;
      }
      this.#seen.add(name);
      this.#number(command, body);
    }
  }

  /** It will not be sent any more, or has been answered. */
  forget(callId: CallId): void {
    this.#unsent = this.#unsent.filter((other) => other.callId !== callId);
  }

  /** False: it was no command and no read. */
  onSettled(callId: CallId, settlement: Settlement): boolean {
    const record = this.#records.get(callId);
    this.forget(callId);
    if (record === undefined) return false;
    this.#records.delete(callId);
    const { coverage, queue } = this.#host;
    const returnUs = queue.nowUs;
    if (settlement.type === 'result') {
      const { revision, body } = settlement.result;
      record.outcome = { kind: 'done', returnUs, revision, body };
      markAnswer(coverage, record.body, body);
      if (isReadBody(record.body))
        coverage.hit('stale' === record.body.consistency ? 'stale read' : 'linearizable read');
      else coverage.hit('operation acknowledged');
    } else if (settlement.type === 'failed') {
      const { code, outcome, oldestRevision } = settlement.failure;
      coverage.hit('call failed by the SDK');
      if (code === 'COMPACTED' && 'revision' in record.body) {
        coverage.hit('read of a compacted revision refused');
        this.#host.compaction.onReadRefused(record.client, record.body.revision, oldestRevision);
      }
      if (outcome === 'not-applied') record.outcome = { kind: 'notApplied', returnUs, why: code };
    }
    return true;
  }

  #number(
    { sessionId, generation, sequence }: CommandId,
    body: OperationRecord['body'] | { readonly kind: string },
  ): void {
    const at = this.#unsent.findIndex((command) => sameStructure(command.body, body));
    const [command] = at < 0 ? [] : this.#unsent.splice(at, 1);
    if (command === undefined) return;
    if (at > 0) {
      violated('commands are sent in the order of calls', `call ${command.callId} as ${sessionId}/${sequence}`);
    }
    command.command = { sessionId, generation, sequence };
    const record = this.#records.get(command.callId);
    if (record !== undefined) record.command = command.command;
  }
}
