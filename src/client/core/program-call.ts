import type { Result } from '../../wire/result.ts';
import type { AbandonReason, CallOwner, Calls } from './calls.ts';
import { Command, type CommandListener } from './command.ts';
import type { CommandPipeline } from './command-pipeline.ts';
import type { Failure } from './effect.ts';
import type { CallId, ProgramCommand } from './input.ts';
import type { TimeoutJudge } from './timeout.ts';

/** A command that the program called and waits for. */
export class ProgramCall implements CallOwner, CommandListener {
  readonly command: Command;
  readonly #callId: CallId;
  readonly #calls: Calls;
  readonly #timeouts: TimeoutJudge;
  readonly #pipeline: CommandPipeline;

  constructor(callId: CallId, body: ProgramCommand, calls: Calls, timeouts: TimeoutJudge, pipeline: CommandPipeline) {
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
export function payloadBytes(body: ProgramCommand): number {
  switch (body.kind) {
    case 'put':
      return body.key.byteLength + body.value.byteLength;
    case 'delete':
      return body.key.byteLength;
    case 'transaction':
      return (
        sumBytes(body.if.map((condition) => ('key' in condition ? condition : emptyKey))) +
        sumBytes(body.then) +
        sumBytes(body.else)
      );
    case 'lockForceRelease':
    case 'counterAdd':
    case 'counterCompareAndSet':
      return 3 * body.name.length;
    case 'closeOtherSession':
      return 0;
  }
}

const emptyKey = { key: new Uint8Array(0) };

function sumBytes(items: readonly { readonly key: Uint8Array; readonly value?: Uint8Array }[]): number {
  return items.reduce((sum, { key, value }) => sum + 32 + key.byteLength + (value?.byteLength ?? 0), 0);
}
