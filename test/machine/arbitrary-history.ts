import fc from 'fast-check';
import { plainSession } from '../../src/testing/plain-session.ts';
import type { Revision, Sequence, SessionId } from '../../src/wire/identifiers.ts';
import type {
  CommandBody,
  Operation,
  Transaction,
  TransactionCondition,
  TransactionOperation,
} from '../../src/wire/operation.ts';
import { bytes, get, put, remove, text } from './harness.ts';
import type { Model } from './model.ts';

/**
 * One step of a random history. It does not name sessions, numbers and tokens, which are not known yet, but picks among
 * those there are when its turn comes.
 */
export type Step =
  | { readonly kind: 'open'; readonly ttlMs: number }
  /** Mostly from the present generation, with the secret of those that have one. */
  | {
      readonly kind: 'resume';
      readonly session: number;
      readonly back: number;
      readonly nonce: bigint;
      readonly secret: string;
    }
  | { readonly kind: 'expire'; readonly session: number; readonly generation: number }
  | { readonly kind: 'compact'; readonly back: number }
  | { readonly kind: 'command'; readonly session: number; readonly body: BodyChoice; readonly lag: number }
  /** A command sent again, or too early, or under a generation that is not there. */
  | { readonly kind: 'resend'; readonly session: number; readonly back: number }
  | { readonly kind: 'skip'; readonly session: number; readonly ahead: number; readonly generation: number };

type BodyChoice = (pick: Picks) => CommandBody;

interface Picks {
  /** Some session's id. */
  readonly idOf: (index: number) => SessionId;
  readonly tokenOf: (name: string) => number;
  readonly revision: number;
  /** That of the key's newest version, or 1. */
  readonly revisionOf: (key: string) => number;
  readonly sessionId: number;
  /** One of the session's own last askings for a lock, or a number that asked for none. */
  readonly asked: (back: number) => { readonly name: string; readonly sequence: Sequence };
}

const key = fc.constantFrom('a', 'b', 'b\x00', 'c', '\xff');
const value = fc.constantFrom('', 'x', 'y', 'yy');
const lockName = fc.constantFrom('l', 'm');
const anyPut = fc.tuple(key, value, fc.boolean()).map(([k, v, ephemeral]) => put(k, v, ephemeral));

const comparison = fc.constantFrom('equal' as const, 'unequal' as const, 'less' as const, 'greater' as const);
const condition: fc.Arbitrary<(pick: Picks) => TransactionCondition> = fc.oneof(
  key.map((k) => () => ({ kind: 'exists', key: bytes(k) }) as const),
  key.map((k) => () => ({ kind: 'absent', key: bytes(k) }) as const),
  fc.tuple(key, value).map(
    ([k, v]) =>
      () =>
        ({ kind: 'valueIs', key: bytes(k), value: bytes(v) }) as const,
  ),
  fc.tuple(key, fc.nat(4)).map(([k, back]) => (pick: Picks) => {
    const modRevision = Math.max(0, pick.revision - back) as Revision;
    return { kind: 'modRevisionIs', key: bytes(k), modRevision } as const;
  }),
  fc.tuple(lockName, fc.nat(1)).map(
    ([name, off]) =>
      (pick: Picks) =>
        ({ kind: 'lockHeld', name, token: pick.tokenOf(name) + off }) as const,
  ),
  fc
    .tuple(key, fc.constantFrom('version' as const, 'created' as const, 'modified' as const), comparison, fc.nat(4))
    .map(([k, field, how, number]) => (pick: Picks) => {
      // A version, or a revision of late: perhaps the one that is about to be taken.
      const compared = field === 'version' ? number : Math.max(0, pick.revision + 1 - number);
      return { kind: 'keyCompare', key: bytes(k), field, comparison: how, number: compared } as const;
    }),
  fc.tuple(key, comparison, value).map(
    ([k, how, v]) =>
      () =>
        ({ kind: 'valueCompare', key: bytes(k), comparison: how, value: bytes(v) }) as const,
  ),
  fc.tuple(key, fc.boolean()).map(([k, owned]) => (pick: Picks) => {
    return { kind: 'ownedBy', key: bytes(k), sessionId: (owned ? pick.sessionId : 0) as SessionId } as const;
  }),
  fc.tuple(comparison, fc.bigInt(-1n, 6n)).map(
    ([how, v]) =>
      () =>
        ({ kind: 'counterCompare', name: 'c', comparison: how, value: v }) as const,
  ),
);

type OperationChoice = (pick: Picks) => TransactionOperation;
type TransactionChoice = (pick: Picks) => Transaction;

const { transaction } = fc.letrec<{ transaction: TransactionChoice; operation: OperationChoice }>((tie) => ({
  transaction: fc
    .tuple(
      fc.array(condition, { maxLength: 2 }),
      fc.array(tie('operation'), { maxLength: 5 }),
      fc.array(tie('operation'), { maxLength: 3 }),
    )
    .map(
      ([conditions, then, otherwise]): TransactionChoice =>
        (pick) => ({
          kind: 'transaction',
          if: conditions.map((one) => one(pick)),
          then: then.map((one) => one(pick)),
          else: otherwise.map((one) => one(pick)),
        }),
    ),
  operation: fc.oneof(
    { maxDepth: 4 },
    {
      arbitrary: anyPut.map(
        (chosen): OperationChoice =>
          () =>
            chosen,
      ),
      weight: 3,
    },
    {
      arbitrary: key.map(
        (k): OperationChoice =>
          () =>
            remove(k),
      ),
      weight: 3,
    },
    {
      arbitrary: key.map(
        (k): OperationChoice =>
          () =>
            get(k),
      ),
      weight: 3,
    },
    { arbitrary: tie('transaction'), weight: 2 },
  ),
}));

/** A write with conditions, whose revision is that of a key or one of late. */
const conditionalWrite = fc
  .tuple(
    anyPut,
    fc.constantFrom('put', 'delete'),
    fc.constantFrom('absent', 'revision', 'none'),
    fc.nat(3),
    fc.boolean(),
  )
  .map(
    ([chosen, kind, asked, back, previous]): BodyChoice =>
      (pick) => {
        const revision = back === 0 ? pick.revisionOf(text(chosen.key)) : Math.max(1, pick.revision - back);
        return {
          ...(kind === 'put' ? chosen : { kind: 'delete', key: chosen.key }),
          ...(asked === 'absent' && kind === 'put' && { ifAbsent: true }),
          ...(asked === 'revision' && { ifModRevision: revision as Revision }),
          ...(previous && { previous: true }),
        } as CommandBody;
      },
  );

const body: fc.Arbitrary<BodyChoice> = fc.oneof(
  { arbitrary: anyPut.map((chosen) => () => chosen), weight: 8 },
  { arbitrary: key.map((k) => () => remove(k) as CommandBody), weight: 4 },
  { arbitrary: transaction, weight: 8 },
  { arbitrary: conditionalWrite, weight: 6 },
  {
    arbitrary: fc.tuple(fc.constantFrom('', 's/'), value, fc.boolean()).map(
      ([prefix, v, ephemeral]) =>
        () =>
          ({ kind: 'createSequential', prefix: bytes(prefix), value: bytes(v), ephemeral }) as const,
    ),
    weight: 3,
  },
  {
    // What a creation of late has made, or one that is to come soon will want to make.
    arbitrary: fc.tuple(fc.boolean(), fc.integer({ min: -4, max: 3 })).map(([written, ahead]) => (pick: Picks) => {
      const name = `s/${String(Math.max(0, pick.revision + ahead)).padStart(20, '0')}`;
      return written ? put(name, 'by name') : (remove(name) as CommandBody);
    }),
    weight: 3,
  },
  {
    arbitrary: fc.integer({ min: -2, max: 30 }).map((back) => (pick: Picks) => {
      return { kind: 'compactHistory', revision: Math.max(1, pick.revision - back) as Revision } as const;
    }),
    weight: 1,
  },
  {
    arbitrary: fc.tuple(lockName, fc.boolean()).map(
      ([name, wait]) =>
        () =>
          ({ kind: 'lockAcquire', name, wait }) as const,
    ),
    weight: 12,
  },
  {
    arbitrary: fc
      .tuple(
        fc.constantFrom(undefined, undefined, undefined, 'l'),
        fc.nat(3),
        fc.constantFrom('lockRelease', 'lockCancel'),
      )
      .map(([wrong, back, kind]) => (pick: Picks): CommandBody => {
        const { name, sequence } = pick.asked(back);
        return { kind, name: wrong ?? name, sequence };
      }),
    weight: 14,
  },
  {
    arbitrary: fc.integer({ min: 1, max: 5 }).map((count) => () => ({ kind: 'counterAdd', name: 'c', count }) as const),
    weight: 2,
  },
  {
    arbitrary: fc.tuple(fc.bigInt(-2n, 3n), fc.constantFrom(-1n, 0n, 1n, 2n, 2n ** 63n - 2n)).map(
      ([expected, next]) =>
        () =>
          ({ kind: 'counterCompareAndSet', name: 'c', expected, value: next }) as const,
    ),
    weight: 2,
  },
  { arbitrary: fc.constant(() => ({ kind: 'closeSession' }) as const), weight: 1 },
  {
    arbitrary: fc
      .nat(4)
      .map((index) => (pick: Picks) => ({ kind: 'closeOtherSession', sessionId: pick.idOf(index) }) as const),
    weight: 1,
  },
);

/** Of the sessions with an even id; the others have none. */
const secret = 's'.repeat(16);

/** Mostly of a session that lives. */
const session = fc.nat(29);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    arbitrary: fc.constantFrom(10, 100, 5000, 5000, 5000).map((ttlMs) => ({ kind: 'open', ttlMs }) as const),
    weight: 3,
  },
  {
    arbitrary: fc
      .tuple(
        session,
        fc.constantFrom(0, 0, 0, 1, 2),
        fc.constantFrom(1n, 2n, 3n),
        fc.constantFrom(secret, secret, secret, 'x'.repeat(16)),
      )
      .map(
        ([index, back, nonce, chosen]) => ({ kind: 'resume', session: index, back, nonce, secret: chosen }) as const,
      ),
    weight: 3,
  },
  {
    arbitrary: fc
      .tuple(session, fc.constantFrom(1, 1, 1, 2))
      .map(([index, generation]) => ({ kind: 'expire', session: index, generation }) as const),
    weight: 1,
  },
  { arbitrary: fc.nat(30).map((back) => ({ kind: 'compact', back }) as const), weight: 1 },
  {
    arbitrary: fc
      .tuple(session, body, fc.nat(4))
      .map(([index, chosen, lag]) => ({ kind: 'command', session: index, body: chosen, lag }) as const),
    weight: 50,
  },
  {
    arbitrary: fc.tuple(session, fc.nat(6)).map(([index, back]) => ({ kind: 'resend', session: index, back }) as const),
    weight: 4,
  },
  {
    arbitrary: fc
      .tuple(session, fc.constantFrom(1, 2), fc.constantFrom(1, 1, 2))
      .map(([index, ahead, generation]) => ({ kind: 'skip', session: index, ahead, generation }) as const),
    weight: 1,
  },
);

/** With two sessions to begin with. */
export function histories(maxLength: number): fc.Arbitrary<readonly Step[]> {
  const open: Step = { kind: 'open', ttlMs: 5000 };
  return fc.array(step, { minLength: 10, maxLength, size: 'max' }).map((steps) => [open, open, ...steps]);
}

interface Sent {
  readonly id: number;
  readonly operations: Operation[];
}

/** Turns steps into operations, one at a time, each applied to the model before the next is made. */
export class HistoryWriter {
  readonly #model: Model;
  /** The newest sessions, ended ones too: a client may not know. */
  #clients: Sent[] = [];
  #requestId = 0;

  constructor(model: Model) {
    this.#model = model;
  }

  /** Undefined if the step has nothing to pick from. */
  next(chosen: Step): Operation | undefined {
    this.#requestId += 1;
    if (chosen.kind === 'open') {
      if (chosen.ttlMs >= 100) {
        this.#clients = [{ id: this.#model.revision + 1, operations: [] }, ...this.#clients].slice(0, 5);
      }
      const withSecret = this.#model.revision % 2 === 1 ? { secret: bytes(secret) } : {};
      const terms = { ...plainSession, ...withSecret };
      return this.#operation({ kind: 'openSession', ttlMs: chosen.ttlMs, name: 'n', nonce: 1n, ...terms });
    }
    if (chosen.kind === 'compact') {
      return this.#operation({
        kind: 'compact',
        revision: Math.max(0, this.#model.revision - chosen.back) as Revision,
      });
    }
    const live = this.#clients.filter(({ id }) => this.#model.sessions.has(id));
    const pool = chosen.session > 1 && live.length > 0 ? live : this.#clients;
    const client = pool[chosen.session % pool.length];
    if (client === undefined) return undefined;
    const sessionId = client.id as SessionId;
    const last = client.operations.length;
    const present = this.#model.sessions.get(client.id)?.generation ?? 1;
    const command = (sequence: number, acknowledged: number, generation = present): Operation['command'] => ({
      sessionId,
      generation,
      sequence: sequence as Sequence,
      acknowledged: Math.max(0, acknowledged),
    });
    switch (chosen.kind) {
      case 'expire':
        return this.#operation({
          kind: 'expireSession',
          sessionId,
          generation: chosen.generation,
          ballot: { round: 0, nodeId: '' },
        });
      case 'resume':
        return this.#operation({
          kind: 'resumeSession',
          sessionId,
          generation: Math.max(1, present - chosen.back),
          secret: bytes(chosen.secret),
          nonce: chosen.nonce,
        });
      case 'resend':
        return client.operations[last - 1 - chosen.back];
      case 'skip': {
        const sequence = last + (chosen.generation === present ? 1 : 0) + chosen.ahead;
        return this.#operation(put('a', 'never'), command(sequence, 0, chosen.generation));
      }
      case 'command': {
        const asked = (back: number): { readonly name: string; readonly sequence: Sequence } => {
          const all = client.operations.flatMap(({ body: sent, command: id }) =>
            sent.kind === 'lockAcquire' && id !== undefined ? [{ name: sent.name, sequence: id.sequence }] : [],
          );
          return all[all.length - 1 - back] ?? { name: 'm', sequence: last as Sequence };
        };
        const tokenOf = (name: string): number => this.#model.locks.get(name)?.[0]?.token ?? 0;
        const idOf = (index: number): SessionId => (this.#clients[index % this.#clients.length]?.id ?? 0) as SessionId;
        const revisionOf = (k: string): number => this.#model.keys.get(k)?.modRevision ?? 1;
        const made = chosen.body({ revision: this.#model.revision, revisionOf, sessionId, idOf, asked, tokenOf });
        const operation = this.#operation(made, command(last + 1, last - chosen.lag));
        client.operations.push(operation);
        return operation;
      }
    }
  }

  #operation(chosen: Operation['body'], command?: Operation['command']): Operation {
    return { requestId: this.#requestId, command, seenRevision: 0 as Revision, body: chosen };
  }
}
