import type { Revision, Sequence, SessionId } from '../../wire/identifiers.ts';
import { limits } from '../../wire/limits.ts';
import type { CommandId, Operation } from '../../wire/operation.ts';
import { encodeOperation } from '../../wire/operation-codec.ts';
import { validateEncodedOperation, validateLockNote, validateOperation } from '../../wire/validate.ts';
import { validateWatchTarget } from '../../wire/validate-watch.ts';
import type { Failure } from './effect.ts';
import { failureOf } from './failure.ts';
import type { CallRequest } from './input.ts';
import { payloadBytes } from './program-call.ts';

const highest = Number.MAX_SAFE_INTEGER;
const largestCommand: CommandId = {
  sessionId: highest as SessionId,
  generation: 2 ** 32 - 1,
  sequence: highest as Sequence,
  acknowledged: highest - 1,
};

/** What the service would refuse in any case is refused here, before it takes a number. */
export function checkRequest(request: CallRequest): Failure | undefined {
  const problem = problemOf(request);
  return problem === undefined ? undefined : failureOf(problem, 'not-applied');
}

function problemOf(request: CallRequest) {
  switch (request.kind) {
    case 'connect':
    case 'release':
      return undefined;
    case 'watch':
      return validateWatchTarget(request.target);
    case 'lock':
      return validateOperation(inLargestForm(request.request));
    case 'setNote':
      return validateLockNote(request.note);
    case 'read':
      return validateOperation({
        requestId: highest,
        command: undefined,
        seenRevision: highest as Revision,
        body: request.body,
      });
    case 'command': {
      const operation = inLargestForm(request.body);
      const problem = validateOperation(operation);
      // Only a transaction can outgrow a frame; encoding it just to see is left to those that may.
      if (problem !== undefined || payloadBytes(request.body) < limits.frameBytes / 2) return problem;
      return validateEncodedOperation(encodeOperation(operation));
    }
  }
}

function inLargestForm(body: Operation['body']): Operation {
  return { requestId: highest, command: largestCommand, seenRevision: 0 as Revision, body };
}
