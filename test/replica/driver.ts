import { crc32 } from 'node:zlib';
import type { Applied } from '../../src/machine/applied.ts';
import { Machine } from '../../src/machine/machine.ts';
import { type Connection, Connections } from '../../src/replica/connections.ts';
import type { ReplicaEffect } from '../../src/replica/effect.ts';
import { plainSession } from '../../src/testing/plain-session.ts';
import type { Ballot } from '../../src/wire/ballot.ts';
import { encodeBatch } from '../../src/wire/batch-codec.ts';
import { utf8Bytes, utf8Text } from '../../src/wire/bytes.ts';
import { supportedFeatureLevel } from '../../src/wire/feature-level.ts';
import type { ServerFrame, SessionRef } from '../../src/wire/frame.ts';
import type { Revision, Sequence, SessionId } from '../../src/wire/identifiers.ts';
import { decodeWatchNotice } from '../../src/wire/notice-codec.ts';
import type {
  CommandBody,
  CommandId,
  KeyRange,
  OperationBody,
  TransactionOperation,
} from '../../src/wire/operation.ts';
import { encodeOperation } from '../../src/wire/operation-codec.ts';
import { decodeResult } from '../../src/wire/result-codec.ts';
import type { Settings } from '../../src/wire/settings.ts';
import type { WireEvent } from '../../src/wire/watch.ts';

export const none = 0 as Revision;

export function put(key: string, value: string): TransactionOperation & { kind: 'put' } {
  return { kind: 'put', key: utf8Bytes(key), value: utf8Bytes(value), ephemeral: false };
}

export function prefix(text: string): KeyRange {
  return { from: utf8Bytes(text), to: utf8Bytes(`${text}\u007f`) };
}

export function single(key: string): KeyRange {
  return { from: utf8Bytes(key), to: 'single' };
}

/** A state machine, to which commands can be applied in a line each. */
export class MachineDriver {
  readonly machine = new Machine({ checksum: crc32 });
  /** The session of those commands for which no other is named. */
  session: SessionDriver;

  constructor() {
    this.session = this.open();
  }

  open(ttlMs = 1_000): SessionDriver {
    this.applyBytes(encode({ kind: 'openSession', ttlMs, name: '', nonce: 1n, ...plainSession }));
    return new SessionDriver(this, this.machine.revision as number as SessionId);
  }

  /** Another session takes the place of the one that is used by default. */
  restartSession(): void {
    this.session = this.open();
  }

  /** Each in a slot of its own. */
  apply(...bodies: CommandBody[]): void {
    for (const body of bodies) this.session.apply(body);
  }

  compact(revision: number): void {
    this.applyBytes(encode({ kind: 'compact', revision: revision as Revision }));
  }

  openBallot(ballot: Ballot): void {
    this.applyBytes(encode({ kind: 'openBallot', ballot }));
  }

  raiseLevel(level: number = supportedFeatureLevel): void {
    this.applyBytes(encode({ kind: 'raiseFeatureLevel', level }));
  }

  setSettings(settings: Partial<Settings>): void {
    this.applyBytes(encode({ kind: 'changeSettings', ...this.machine.governance.settings, ...settings }));
  }

  expire({ sessionId, generation }: SessionRef): Applied {
    const { openBallot: ballot } = this.machine;
    return this.applyBytes(encode({ kind: 'expireSession', sessionId, generation, ballot }));
  }

  /** In one slot. */
  applyBytes(...operations: Uint8Array[]): Applied {
    return this.machine.apply(this.machine.appliedSlot + 1, encodeBatch(operations));
  }
}

/** Numbers the commands of a session. */
export class SessionDriver implements SessionRef {
  readonly sessionId: SessionId;
  readonly generation = 1;
  sequence = 0 as Sequence;
  readonly #driver: MachineDriver;

  constructor(driver: MachineDriver, sessionId: SessionId) {
    this.#driver = driver;
    this.sessionId = sessionId;
  }

  apply(body: CommandBody): Applied {
    return this.#driver.applyBytes(this.next(body));
  }

  /** The encoded next command. */
  next(body: CommandBody): Uint8Array {
    this.sequence = (this.sequence + 1) as Sequence;
    return this.numbered(this.sequence, body);
  }

  numbered(sequence: number, body: CommandBody, generation = 1, acknowledged = 0): Uint8Array {
    return encode(body, { sessionId: this.sessionId, generation, sequence: sequence as Sequence, acknowledged });
  }
}

export function encode(body: OperationBody, command?: CommandId, requestId = command?.sequence ?? 0): Uint8Array {
  return encodeOperation({ requestId, command, seenRevision: none, body });
}

/** Client streams whose frames are kept for inspection. */
export class ClientStreams {
  readonly connections = new Connections();
  #bytes = 0;

  open(id: number): Connection {
    const connection = this.connections.open(id);
    connection.greeted = true;
    return connection;
  }

  /** What has been said since the last call, without acknowledging that it was written. */
  frames(): readonly ServerFrame[] {
    const effects: ReplicaEffect[] = [];
    this.connections.flush(effects);
    return effects.flatMap((effect) => {
      if (effect.type !== 'reply') return [];
      this.#bytes += effect.bytes;
      return [effect.frame];
    });
  }

  /** The socket has taken everything that was said to this connection. */
  drain(connection: Connection): void {
    connection.drained(this.#bytes);
    this.#bytes = 0;
  }

  /** The results, one line each: `request id kind`, with the code of an error in place of the kind. */
  results(): readonly string[] {
    return this.frames().flatMap((frame) => frame.results.map((bytes) => formatResult(bytes)));
  }

  /** As `results`, with the revision of each. */
  resultRevisions(): readonly string[] {
    return this.frames().flatMap((frame) =>
      frame.results.map((bytes) => `${formatResult(bytes)} @${decodeResult(bytes).revision}`),
    );
  }

  /** The grants, one line each: `session/sequence state token`. */
  grants(): readonly string[] {
    return this.frames().flatMap((frame) =>
      frame.grants.map(
        ({ sessionId, sequence, state, token }) => `${sessionId}/${sequence} ${state}${token > 0 ? ` ${token}` : ''}`,
      ),
    );
  }

  /** The notices, one line each: `ids revision type key, ...`. */
  notices(): readonly string[] {
    return this.frames().flatMap((frame) => frame.watchNotices.map((bytes) => formatNotice(bytes)));
  }
}

export function formatResult(bytes: Uint8Array): string {
  const { requestId, body } = decodeResult(bytes);
  return `${requestId} ${body.kind === 'error' ? body.code : body.kind}`;
}

/** `ids revision type key, ...` */
export function formatNotice(bytes: Uint8Array): string {
  const { watchIds, notice } = decodeWatchNotice(bytes);
  const ids = watchIds.join('+');
  switch (notice.kind) {
    case 'created':
      return `${ids} from ${notice.startRevision}`;
    case 'progress':
      return `${ids} progress ${notice.revision}`;
    case 'ended':
      return `${ids} ended ${notice.error.code} ${notice.error.oldestRevision}`;
    case 'batch': {
      const events = notice.events.map(formatEvent).join(', ');
      return `${ids} @${notice.revision} ${events}${notice.partial ? ' ...' : ''}`;
    }
  }
}

function formatEvent(event: WireEvent): string {
  switch (event.type) {
    case 'put':
    case 'delete':
      return `${event.type} ${utf8Text(event.key)}`;
    case 'lock':
      return `lock ${event.name} ${event.state.holders[0]?.token ?? 'free'} +${event.state.waiterCount}`;
    case 'counter':
      return `counter ${event.name} ${event.previous} -> ${event.value}`;
    case 'session':
      return `session ${event.sessionId} ${event.change}`;
  }
}
