import type { AppliedOperation as Outcome } from '../../../machine/applied.ts';
import type { Slot } from '../../../paxos/record.ts';
import { equalBytes } from '../../../wire/bytes.ts';
import type { CommandId } from '../../../wire/operation.ts';
import { isSessionStart } from '../../../wire/operation-kind.ts';
import type { ResultBody } from '../../../wire/result.ts';
import { decodeResult } from '../../../wire/result-codec.ts';
import type { AppliedOperation } from '../../checkers/reference-log.ts';
import { describe, sameStructure } from '../../checkers/structural-equality.ts';
import type { Coverage } from '../coverage.ts';
import { violated } from './violation.ts';

/**
 * 16. Exactly once: every node answers each command of the log as the model does, and all with the same bytes; a command that is
 * repeated is answered with the bytes of its first answer, whether in the log or from the table of remembered results.
 */
export class ResultInvariant {
  readonly #coverage: Coverage;
  /** Of the commands that were taken: the bytes of the first answer. */
  readonly #first = new Map<string, Uint8Array>();
  /** Of each slot, as the first node that applied it answered. */
  readonly #answers: (readonly (Uint8Array | undefined)[] | undefined)[] = [];

  constructor(coverage: Coverage) {
    this.#coverage = coverage;
  }

  /** `expected`: what the model says of the same slot. */
  onApplied(nodeId: string, slot: Slot, outcomes: readonly Outcome[], expected: readonly AppliedOperation[]): void {
    const known = this.#answers[slot];
    if (known === undefined) this.#answers[slot] = outcomes.map(({ result }) => result);
    if (outcomes.length !== expected.length) {
      violated('results equal the model', `${nodeId}, slot ${slot}: ${outcomes.length} of ${expected.length}`);
    }
    for (const [at, { result }] of outcomes.entries()) {
      const model = expected[at];
      if (model === undefined) continue;
      if (known === undefined) this.#checkFirst(nodeId, slot, result, model);
      else if (!sameBytes(known[at], result)) {
        violated('results are equal', `${nodeId}, slot ${slot}: another answer than elsewhere to ${describe(model)}`);
      }
    }
  }

  /** A node answers without the log, because it has applied the command already. */
  onRemembered(nodeId: string, command: CommandId, result: Uint8Array): void {
    this.#checkRepeated(nodeId, command, result);
  }

  #checkFirst(nodeId: string, slot: Slot, result: Uint8Array | undefined, model: AppliedOperation): void {
    const { command, body } = model.operation;
    const isInternal = command === undefined && !isSessionStart(body);
    if (isInternal !== (result === undefined)) {
      violated('results equal the model', `${nodeId}, slot ${slot}: an answer to ${describe(model)}`);
    }
    if (result === undefined) return;
    const first = command !== undefined && !model.taken ? this.#first.get(keyOf(command)) : undefined;
    const answer = decodeResult(result);
    if (!sameResult(answer.body, model.result)) {
      const detail = `${nodeId}, slot ${slot}: ${describe(answer)}, the model says ${describe(model)}`;
      violated('results equal the model', detail);
    }
    if (model.taken) {
      if (answer.revision !== model.revision) {
        violated(
          'results equal the model',
          `${nodeId}, slot ${slot}: revision ${answer.revision} of ${describe(model)}`,
        );
      }
      if (command !== undefined) this.#first.set(keyOf(command), result);
      return;
    }
    if (answer.body.kind === 'error' && answer.body.code === 'BUSY') {
      this.#coverage.hit('command refused for unacknowledged results');
    }
    if (command !== undefined && first !== undefined && !isRefusal(answer.body)) {
      this.#coverage.hit('command repeated in the log');
      this.#checkRepeated(nodeId, command, result);
    }
  }

  #checkRepeated(nodeId: string, command: CommandId, result: Uint8Array): void {
    const first = this.#first.get(keyOf(command));
    if (first !== undefined && equalBytes(first, result)) return;
    const { sessionId, sequence } = command;
    violated('a repetition has the first answer', `${nodeId}: command ${sequence} of session ${sessionId}`);
  }
}

/** Of a repetition: it is not answered with what it did. */
function isRefusal(body: ResultBody): boolean {
  return body.kind === 'error' && (body.code === 'SESSION_EXPIRED' || body.code === 'RESULT_FORGOTTEN');
}

/** Errors are compared by code. */
function sameResult(a: ResultBody, b: ResultBody): boolean {
  if (a.kind === 'error' && b.kind === 'error') return a.code === b.code;
  return sameStructure(a, b);
}

function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : equalBytes(a, b);
}

function keyOf({ sessionId, generation, sequence }: CommandId): string {
  return `${sessionId}/${generation}/${sequence}`;
}
