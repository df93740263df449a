import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { PendingCommand } from '../../src/replica/pending-commands.ts';
import { PendingSession } from '../../src/replica/pending-session.ts';
import type { Sequence, SessionId } from '../../src/wire/identifiers.ts';

const sequence = fc.integer({ min: 1, max: 12 }).map((drawn) => drawn as Sequence);
type Step = { readonly kind: 'add' | 'remove'; readonly sequence: Sequence } | { readonly kind: 'ask' };
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constantFrom('add' as const, 'remove' as const), sequence }),
    fc.record({ kind: fc.constant('ask' as const) }),
  ),
  { maxLength: 60 },
);

function pending(requestId: number): PendingCommand {
  const bytes = new Uint8Array(1);
  return {
    connection: 1,
    requestId,
    bytes,
    acknowledged: 0,
    arrivedMs: 0,
    forwardId: 0,
    sentMs: 0,
    attempted: false,
    openAttempts: 0,
  };
}

it('gives its commands in the order in which they arrived, and the lowest of their numbers whenever it is asked', () => {
  const check = (given: readonly Step[]): void => {
    const session = new PendingSession(1 as SessionId, 1);
    const model = new Map<Sequence, PendingCommand>();
    for (const [at, step] of given.entries()) {
      if (step.kind === 'ask') {
        expect(session.lowestSequence).toBe(Math.min(...model.keys()));
      } else if (step.kind === 'remove') {
        session.remove(step.sequence);
        model.delete(step.sequence);
      } else {
        const command = pending(at);
        session.add(step.sequence, command);
        model.set(step.sequence, command);
      }
      expect(session.size).toBe(model.size);
    }
    expect([...session.entries()]).toEqual([...model]);
    expect([...session.commands()]).toEqual([...model.values()]);
    for (const [number, command] of model) expect(session.find(number)).toBe(command);
  };
  fc.assert(fc.property(steps, check));
});
