import fc from 'fast-check';
import { expect, test } from 'vitest';
import { utf8Text } from '../../../src/wire/bytes.ts';
import type { ErrorCode } from '../../../src/wire/errors.ts';
import type { SessionId } from '../../../src/wire/identifiers.ts';
import type { Operation } from '../../../src/wire/operation.ts';
import { decodeOperation } from '../../../src/wire/operation-codec.ts';
import type { ResultBody } from '../../../src/wire/result.ts';
import { wireError } from '../../../src/wire/wire-error.ts';
import { type TestStream, World } from './world.ts';

/** What the replicated state does with commands: each number once, in order, the first result for every repetition. */
class Service {
  /** Keys of the puts that had an effect, in order. */
  readonly applied: string[] = [];
  readonly #sessions = new Map<number, { next: number; results: Map<number, ResultBody> }>();
  #lastSession = 0;

  apply({ command, body }: Operation): ResultBody {
    if (body.kind === 'openSession') {
      this.#lastSession += 1;
      this.#sessions.set(this.#lastSession, { next: 1, results: new Map() });
      return { kind: 'sessionOpened', sessionId: this.#lastSession as SessionId, generation: 1, ttlMs: body.ttlMs };
    }
    const session = this.#sessions.get(command?.sessionId ?? 0);
    if (command === undefined || session === undefined) return wireError('SESSION_EXPIRED', 'unknown');
    const first = session.results.get(command.sequence);
    if (first !== undefined) return first;
    if (command.sequence !== session.next) return wireError('OUT_OF_ORDER', 'not yet');
    session.next += 1;
    const result: ResultBody =
      body.kind === 'put' ? { kind: 'put' } : { kind: 'transaction', succeeded: true, results: [] };
    if (body.kind === 'put') this.applied.push(utf8Text(body.key));
    session.results.set(command.sequence, result);
    return result;
  }

  expireAll(): void {
    this.#sessions.clear();
  }
}

/** A service behind a network that loses requests and answers, and delivers requests late. */
class Trial {
  readonly world = new World({ endpoints: ['a:1'] });
  readonly service = new Service();
  readonly calls = new Map<number, string>();
  /** Received and not worked on, by stream. */
  readonly #inbox = new Map<TestStream, Operation[]>();
  /** Of broken streams: some node may still have them. */
  readonly #late: Operation[] = [];

  constructor() {
    this.world.answering = true;
    this.world.connect();
    this.put(60_000);
    this.work('answer');
  }

  put(timeoutMs: number): void {
    const key = `key-${this.calls.size}`;
    this.calls.set(this.world.put(key, timeoutMs), key);
  }

  cancel(index: number): void {
    const callId = [...this.calls.keys()][index % Math.max(1, this.calls.size)];
    if (callId !== undefined) this.world.give({ type: 'cancel', callId });
  }

  /** The node works on the oldest request that it has. */
  work(fate: 'answer' | 'lose the answer' | 'lose the request' | ErrorCode): boolean {
    this.#receive();
    const { stream } = this.world;
    const operation = this.#inbox.get(stream)?.shift();
    if (operation === undefined || !stream.open) return false;
    if (fate === 'lose the request') return true;
    if (fate === 'lose the answer') this.service.apply(operation);
    else if (fate === 'UNAVAILABLE') this.#late.push(operation);
    if (fate === 'answer') this.world.answer(operation, this.service.apply(operation));
    else if (fate !== 'lose the answer') this.world.refuse([operation], fate);
    return true;
  }

  break(): void {
    this.#receive();
    const { stream } = this.world;
    this.#late.push(...(this.#inbox.get(stream) ?? []));
    this.#inbox.delete(stream);
    if (stream.open) this.world.break();
    this.world.advance(1_000);
    this.world.welcome();
  }

  /** A request of a broken stream arrives after all. */
  deliverLate(index: number): void {
    const [operation] = this.#late.splice(index % Math.max(1, this.#late.length), 1);
    if (operation !== undefined) this.service.apply(operation);
  }

  heal(): void {
    this.break();
    while (this.work('answer') || this.#late.length > 0) this.deliverLate(0);
    this.world.advance(1_000);
    while (this.work('answer'));
  }

  #receive(): void {
    const { stream } = this.world;
    const inbox = this.#inbox.get(stream) ?? [];
    inbox.push(...stream.newOperationBytes().map((bytes) => decodeOperation(bytes)));
    this.#inbox.set(stream, inbox);
  }
}

type Act = (trial: Trial) => void;

function acts<T>(weight: number, choice: fc.Arbitrary<T>, act: (trial: Trial, value: T) => void) {
  return {
    weight,
    arbitrary: choice.map(
      (value): Act =>
        (trial) =>
          act(trial, value),
    ),
  };
}

const losses = fc.constantFrom('UNAVAILABLE', 'lose the answer', 'lose the request');

const action: fc.Arbitrary<Act> = fc.oneof(
  acts(8, fc.constantFrom(50, 500, 5_000, 60_000), (trial, timeoutMs) => trial.put(timeoutMs)),
  acts(6, fc.constant(undefined), (trial) => trial.work('answer')),
  acts(6, fc.constantFrom('NOT_LEADER', 'BUSY'), (trial, code) => trial.work(code as ErrorCode)),
  acts(3, losses, (trial, fate) => trial.work(fate as ErrorCode)),
  acts(3, fc.nat(100), (trial, durationMs) => trial.world.advance(durationMs)),
  acts(5, fc.nat(), (trial, index) => trial.cancel(index)),
  acts(3, fc.constant(undefined), (trial) => trial.break()),
  acts(4, fc.nat(), (trial, index) => trial.deliverLate(index)),
  acts(1, fc.constantFrom(true, false, false, false), (trial, expire) => {
    if (expire) trial.service.expireAll();
  }),
);

test('whatever is lost, refused or late: what is reported is what happened, once and in order', () => {
  let [answered, notApplied, unknown] = [0, 0, 0];
  fc.assert(
    fc.property(fc.array(action, { minLength: 10, maxLength: 80 }), (actions) => {
      const trial = new Trial();
      for (const act of actions) act(trial);
      trial.heal();
      const { applied } = trial.service;
      expect(new Set(applied).size).toBe(applied.length);
      expect(applied).toEqual(applied.toSorted((a, b) => Number(a.slice(4)) - Number(b.slice(4))));
      for (const [callId, key] of trial.calls) {
        const settlement = trial.world.settlement(callId);
        expect(settlement, 'a call is left unsettled').toBeDefined();
        if (settlement?.type === 'result') {
          answered += 1;
          expect(applied).toContain(key);
        } else if (settlement?.type === 'failed' && settlement.failure.outcome === 'not-applied') {
          notApplied += 1;
          expect(applied).not.toContain(key);
        } else {
          unknown += 1;
        }
      }
    }),
    { numRuns: 300 },
  );
  // The trials are worth something only if each kind of outcome comes up.
  expect(Math.min(answered, notApplied, unknown)).toBeGreaterThan(100);
});
