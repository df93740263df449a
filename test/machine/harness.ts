import { crc32 } from 'node:zlib';
import type { Applied } from '../../src/machine/applied.ts';
import { Machine } from '../../src/machine/machine.ts';
import { plainSession } from '../../src/testing/plain-session.ts';
import { encodeBatch } from '../../src/wire/batch-codec.ts';
import { keyBytes, keyString } from '../../src/wire/bytes.ts';
import type { Revision, Sequence, SessionId } from '../../src/wire/identifiers.ts';
import type {
  CommandBody,
  InternalBody,
  KeyRange,
  Operation,
  Put,
  ReadBody,
  TransactionOperation,
} from '../../src/wire/operation.ts';
import { encodeOperation } from '../../src/wire/operation-codec.ts';
import type { Result, ResultBody } from '../../src/wire/result.ts';
import { decodeResult } from '../../src/wire/result-codec.ts';

/** Keys and values in tests are short texts. */
export const bytes = keyBytes;
export const text = keyString;

type BodyOf<Kind extends ResultBody['kind']> = Extract<ResultBody, { kind: Kind }>;

/** A machine, with a slot per call. */
export class TestMachine {
  readonly machine: Machine;
  #requestId = 0;

  constructor(machine = new Machine({ checksum: crc32 })) {
    this.machine = machine;
  }

  get revision(): number {
    return this.machine.revision;
  }

  apply(...operations: Operation[]): Applied {
    return this.machine.apply(this.machine.appliedSlot + 1, encodeBatch(operations.map(encodeOperation)));
  }

  /** The result of one operation in a slot of its own. */
  result(operation: Operation): Result {
    const bytes = this.apply(operation).operations[0]?.result;
    if (bytes === undefined) throw new Error('the operation has no result');
    return decodeResult(bytes);
  }

  operation(body: Operation['body'], command?: Operation['command']): Operation {
    this.#requestId += 1;
    return { requestId: this.#requestId, command, seenRevision: 0 as Revision, body };
  }

  open({
    ttlMs = 10_000,
    name = '',
    secret = plainSession.secret,
    metadata = plainSession.metadata,
  } = {}): TestSession {
    const { body } = this.result(this.operation({ kind: 'openSession', ttlMs, name, nonce: 1n, secret, metadata }));
    return new TestSession(this, expectKind(body, 'sessionOpened').sessionId);
  }

  /** A session that was opened elsewhere. */
  adopt(id: SessionId): TestSession {
    return new TestSession(this, id);
  }

  internal(body: InternalBody): Applied {
    return this.apply(this.operation(body));
  }

  expire(session: TestSession, generation = 1): Applied {
    return this.internal({
      kind: 'expireSession',
      sessionId: session.id,
      generation,
      ballot: { round: 0, nodeId: '' },
    });
  }

  compact(revision: number): Applied {
    return this.internal({ kind: 'compact', revision: revision as Revision });
  }

  read(body: ReadBody): ResultBody {
    return this.machine.read(body);
  }

  get(key: string, revision = 0): BodyOf<'get'>['entry'] {
    const body = this.read({
      kind: 'get',
      key: bytes(key),
      revision: revision as Revision,
      consistency: 'stale',
    });
    return expectKind(body, 'get').entry;
  }

  value(key: string, revision = 0): string | undefined {
    const entry = this.get(key, revision);
    return entry && text(entry.value);
  }

  range(range: KeyRange, { revision = 0, limit = 0 } = {}): ResultBody {
    return this.read({ kind: 'range', range, revision: revision as Revision, consistency: 'stale', limit });
  }

  /** All keys with their values, as `key=value`. */
  everything(revision = 0): readonly string[] {
    const body = expectKind(this.range({ from: bytes(''), to: 'unbounded' }, { revision }), 'range');
    return body.entries.map(({ key, value }) => `${text(key)}=${text(value)}`);
  }

  lock(name: string): BodyOf<'lockState'> {
    return expectKind(this.read({ kind: 'lockGet', name, consistency: 'stale' }), 'lockState');
  }

  counter(name: string): bigint {
    return expectKind(this.read({ kind: 'counterGet', name, consistency: 'stale' }), 'counterValue').value;
  }

  /** `revision: +key=value (was previous)` or `revision: -key (was previous)`. */
  events(after = this.machine.compactedRevision as number): readonly string[] {
    return [...this.machine.events(after)].flatMap(({ revision, events }) =>
      events.map((event) => {
        const was = event.previous === undefined ? '' : ` (was ${text(event.previous.value)})`;
        const what = event.type === 'put' ? `+${text(event.key)}=${text(event.entry.value)}` : `-${text(event.key)}`;
        return `${revision}: ${what}${was}`;
      }),
    );
  }
}

/** A client's session that numbers its commands. */
export class TestSession {
  readonly id: SessionId;
  readonly #machine: TestMachine;
  generation = 1;
  sequence = 0;
  acknowledged = 0;

  constructor(machine: TestMachine, id: SessionId) {
    this.#machine = machine;
    this.id = id;
  }

  /** With the next number, unless another is given. */
  operation(body: CommandBody, sequence = ++this.sequence, generation = this.generation): Operation {
    const { id: sessionId, acknowledged } = this;
    return this.#machine.operation(body, { sessionId, generation, sequence: sequence as Sequence, acknowledged });
  }

  /** Sends the next command; the result is seen at once, but not acknowledged. */
  send(body: CommandBody): ResultBody {
    return this.#machine.result(this.operation(body)).body;
  }

  put(key: string, value = 'v', ephemeral = false): ResultBody {
    return this.send(put(key, value, ephemeral));
  }

  delete(key: string): boolean {
    return expectKind(this.send({ kind: 'delete', key: bytes(key) }), 'delete').deleted;
  }

  /** Answers the number of the command, which names the acquisition, too. */
  lock(name: string, wait = true): BodyOf<'lock'> & { readonly sequence: Sequence } {
    const answer = expectKind(this.send({ kind: 'lockAcquire', name, wait }), 'lock');
    return { ...answer, sequence: this.sequence as Sequence };
  }

  unlock(name: string, sequence: number): boolean {
    return expectKind(this.send({ kind: 'lockRelease', name, sequence: sequence as Sequence }), 'lockReleased')
      .released;
  }

  cancel(name: string, sequence: number): BodyOf<'lockCancelled'>['state'] {
    return expectKind(this.send({ kind: 'lockCancel', name, sequence: sequence as Sequence }), 'lockCancelled').state;
  }

  close(): ResultBody {
    return this.send({ kind: 'closeSession' });
  }
}

export function put(key: string, value = 'v', ephemeral = false): Put {
  return { kind: 'put', key: bytes(key), value: bytes(value), ephemeral };
}

export function remove(key: string): TransactionOperation & CommandBody {
  return { kind: 'delete', key: bytes(key) };
}

export function get(key: string): TransactionOperation {
  return { kind: 'get', key: bytes(key) };
}

export function expectKind<Kind extends ResultBody['kind']>(body: ResultBody, kind: Kind): BodyOf<Kind> {
  if (body.kind !== kind) throw new Error(`${kind} was expected, not ${describeBody(body)}`);
  return body as BodyOf<Kind>;
}

/** The code of an error; the kind of anything else. */
export function describeBody(body: ResultBody): string {
  return body.kind === 'error' ? body.code : body.kind;
}
