import { crc32 } from 'node:zlib';
import { Machine } from '../../src/machine/machine.ts';
import { type Connection, Connections } from '../../src/replica/connections.ts';
import type { ReplicaEffect } from '../../src/replica/effect.ts';
import { encodeBatch } from '../../src/wire/batch-codec.ts';
import { utf8Bytes, utf8Text } from '../../src/wire/bytes.ts';
import type { ServerFrame } from '../../src/wire/frame.ts';
import type { Revision, Sequence, SessionId } from '../../src/wire/identifiers.ts';
import { decodeWatchNotice } from '../../src/wire/notice-codec.ts';
import type { CommandBody, InternalBody, KeyRange, TransactionOperation } from '../../src/wire/operation.ts';
import { encodeOperation } from '../../src/wire/operation-codec.ts';

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

/** A state machine with one session, to which commands can be applied in a line each. */
export class MachineDriver {
  readonly machine = new Machine({ checksum: crc32 });
  #sequence = 0;
  readonly #sessionId: SessionId;

  constructor() {
    this.#apply({ kind: 'openSession', ttlMs: 1_000, name: '', nonce: 1n });
    this.#sessionId = this.machine.revision as number as SessionId;
  }

  /** Each in a slot of its own. */
  apply(...bodies: CommandBody[]): void {
    for (const body of bodies) this.#apply(body);
  }

  compact(revision: number): void {
    this.#apply({ kind: 'compact', revision: revision as Revision });
  }

  #apply(body: CommandBody | InternalBody): void {
    const numbered = body.kind !== 'openSession' && body.kind !== 'compact' && body.kind !== 'expireSession';
    if (numbered) this.#sequence += 1;
    const command = numbered
      ? {
          sessionId: this.#sessionId,
          generation: 1,
          sequence: this.#sequence as Sequence,
          acknowledged: this.#sequence - 1,
        }
      : undefined;
    const operation = encodeOperation({ requestId: 1, command, seenRevision: none, body });
    this.machine.apply(this.machine.appliedSlot + 1, encodeBatch([operation]));
  }
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

  /** The notices, one line each: `ids revision type key, ...`. */
  notices(): readonly string[] {
    return this.frames().flatMap((frame) => frame.watchNotices.map((bytes) => formatNotice(bytes)));
  }
}

function formatNotice(bytes: Uint8Array): string {
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
      const events = notice.events.map((event) => `${event.type} ${utf8Text(event.key)}`).join(', ');
      return `${ids} @${notice.revision} ${events}${notice.partial ? ' ...' : ''}`;
    }
  }
}
