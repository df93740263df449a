import type { LockCommand } from '../../wire/lock-operation.ts';
import type { Transaction, TransactionCondition, TransactionOperation } from '../../wire/operation.ts';
import type { Result } from '../../wire/result.ts';
import type { AbandonReason, CallOwner, Calls } from './calls.ts';
import { Command, type CommandListener } from './command.ts';
import type { CommandPipeline } from './command-pipeline.ts';
import type { Failure } from './effect.ts';
import type { CallId, ProgramCommand } from './input.ts';
import type { TimeoutJudge } from './timeout.ts';

type SetNote = Extract<LockCommand, { readonly kind: 'lockSetNote' }>;

/** A command that the program called and waits for. */
export class ProgramCall implements CallOwner, CommandListener {
  readonly command: Command;
  readonly #callId: CallId;
  readonly #calls: Calls;
  readonly #timeouts: TimeoutJudge;
  readonly #pipeline: CommandPipeline;

  constructor(
    callId: CallId,
    body: ProgramCommand | SetNote,
    calls: Calls,
    timeouts: TimeoutJudge,
    pipeline: CommandPipeline,
  ) {
    this.#callId = callId;
    this.#calls = calls;
    this.#timeouts = timeouts;
    this.#pipeline = pipeline;
    this.command = new Command(body, payloadBytes(body), this);
  }

  onDone(result: Result): void {
    this.#calls.settle(this.#callId, { type: 'result', result });
  }

  onFailed(failure: Failure): void {
    this.#calls.fail(this.#callId, failure);
  }

  abandon(reason: AbandonReason): void {
    const { command } = this;
    const { attempts } = command;
    const refusal = attempts > 0 ? command.refusal : this.#pipeline.openingRefusal;
    const outcome = this.#pipeline.abandon(command);
    this.#calls.fail(this.#callId, this.#timeouts.judge(reason, { sent: attempts > 0, refusal, outcome }));
  }
}

/** Roughly what it will take on the wire. */
export function payloadBytes(body: ProgramCommand | SetNote): number {
  switch (body.kind) {
    case 'lockSetNote':
      return 3 * body.name.length + body.note.length;
    case 'put':
      return body.key.byteLength + body.value.byteLength;
    case 'delete':
      return body.key.byteLength;
    case 'transaction':
      return transactionBytes(body);
    case 'createSequential':
      return body.prefix.byteLength + body.value.byteLength;
    case 'compactHistory':
      return 0;
    case 'lockForceRelease':
    case 'counterAdd':
    case 'counterCompareAndSet':
      return 3 * body.name.length;
    case 'closeOtherSession':
      return 0;
  }
}

const partOverheadBytes = 32;

function transactionBytes(transaction: Transaction): number {
  let bytes = 0;
  for (const condition of transaction.if) bytes += partOverheadBytes + conditionBytes(condition);
  for (const operation of transaction.then) bytes += partOverheadBytes + operationBytes(operation);
  for (const operation of transaction.else) bytes += partOverheadBytes + operationBytes(operation);
  return bytes;
}

function conditionBytes(condition: TransactionCondition): number {
  if ('name' in condition) return 3 * condition.name.length;
  return condition.key.byteLength + ('value' in condition ? condition.value.byteLength : 0);
}

function operationBytes(operation: TransactionOperation): number {
  if (operation.kind === 'transaction') return transactionBytes(operation);
  return operation.key.byteLength + (operation.kind === 'put' ? operation.value.byteLength : 0);
}
