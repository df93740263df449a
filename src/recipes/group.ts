import { randomUUID } from 'node:crypto';
import type { CallOptions, Client, WatchEvent } from '../client/index.ts';
import { asOf } from './as-of.ts';
import { checkedMetadata, inOrderOfJoining, memberOf, membersPrefix } from './group-members.ts';
import type { Group, GroupChange, GroupEvent, JoinOptions, Member, Membership, Metadata } from './group-types.ts';
import { KeptKey } from './kept-key.ts';
import { escapedName } from './names.ts';
import { Patience, persistently } from './patience.ts';

/**
 * Who is there? Members with metadata; joins, updates, leaves and crashes as events, in one order for everyone.
 *
 * A member is an ephemeral key, so that its crash is seen when its session has expired, and its end in good order at once.
 */
export function group(client: Client, name: string): Group {
  return new KeyGroup(client, name);
}

class KeyGroup implements Group {
  readonly name: string;
  readonly #client: Client;
  readonly #prefix: string;

  constructor(client: Client, name: string) {
    this.#client = client;
    this.#prefix = membersPrefix(name);
    this.name = name;
  }

  async join({ id = randomUUID(), metadata = {} }: JoinOptions = {}): Promise<Membership> {
    const key = this.#prefix + escapedName(id, 'the id of a member');
    return new KeptMembership(id, await KeptKey.put(this.#client, key, checkedMetadata(metadata)));
  }

  async members(options?: CallOptions): Promise<readonly Member[]> {
    const members: Member[] = [];
    for await (const entry of this.#client.scan({ prefix: this.#prefix }, { ...options })) {
      members.push(memberOf(entry, this.#prefix));
    }
    return inOrderOfJoining(members);
  }

  async *changes({ signal }: { readonly signal?: AbortSignal | undefined } = {}): AsyncIterable<GroupChange> {
    const what = { prefix: this.#prefix };
    const { entries, revision, more } = await this.#client.range(what, { signal });
    const members = new Map<string, Member>();
    for await (const entry of more ? this.#client.scan(what, { signal, ...asOf(revision) }) : entries) {
      members.set(entry.key, memberOf(entry, this.#prefix));
    }
    await using watch = await this.#client.watch(what, { signal, fromRevision: revision + 1 });
    yield { revision, events: [], members: inOrderOfJoining(members.values()) };
    for await (const batch of watch) {
      const events = await Promise.all(batch.events.map((event) => this.#eventOf(event, batch.revision, signal)));
      for (const event of batch.events) {
        if (event.type === 'put') members.set(event.key, memberOf(event.entry, this.#prefix));
        else members.delete(event.key);
      }
      yield { revision: batch.revision, events, members: inOrderOfJoining(members.values()) };
    }
  }

  async #eventOf(event: WatchEvent, revision: number, signal: AbortSignal | undefined): Promise<GroupEvent> {
    const previous = event.previous === undefined ? undefined : memberOf(event.previous, this.#prefix);
    if (event.type === 'put') {
      const member = memberOf(event.entry, this.#prefix);
      if (previous === undefined) return { type: 'joined', member };
      return { type: previous.session === member.session ? 'updated' : 'replaced', member, previous };
    }
    if (previous === undefined) throw new Error(`'${event.key}' is deleted, and was not there`);
    const hasCrashed = await this.#hasExpired(previous.session, revision, signal);
    return { type: hasCrashed ? 'crashed' : 'left', member: previous };
  }

  /** Asked again as long as it takes: the watch goes on through an outage, too. */
  async #hasExpired(session: string, revision: number, signal: AbortSignal | undefined): Promise<boolean> {
    using patience = new Patience(`following the group '${this.name}'`, { signal });
    const ask = () => this.#expiredAt(session, revision, patience.signal);
    try {
      return await persistently(ask, patience.signal);
    } catch (error) {
      throw patience.errorOf(error);
    }
  }

  /** Whether the session ended at that very revision, and not by its client: then its keys have gone with it. */
  async #expiredAt(session: string, revision: number, signal: AbortSignal): Promise<boolean> {
    if (session === '' || (await this.#client.sessions.get(session, { signal })) !== undefined) return false;
    await using ends = await this.#client.watchSessions({ id: session, fromRevision: revision, signal });
    for await (const { revision: endRevision, events } of ends) {
      return endRevision === revision && events.some(({ type }) => type === 'expired');
    }
    return false;
  }
}

class KeptMembership implements Membership {
  readonly id: string;
  readonly #kept: KeptKey;

  constructor(id: string, kept: KeptKey) {
    this.id = id;
    this.#kept = kept;
  }

  get signal(): AbortSignal {
    return this.#kept.signal;
  }

  async update(metadata: Metadata): Promise<void> {
    await this.#kept.update(checkedMetadata(metadata));
  }

  leave(): Promise<void> {
    return this.#kept.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.leave();
  }
}
