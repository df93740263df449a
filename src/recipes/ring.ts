import type { CallOptions, Client, View } from '../client/index.ts';
import { membersIn, membersPrefix } from './group-members.ts';
import type { Member } from './group-types.ts';
import { HashRing, type HashRingOptions, type PlaceOptions, type RingMember } from './hash-ring.ts';

/** `signal` ends the loading, and later the ring; `timeoutMs` bounds the loading. */
export interface RingOptions extends CallOptions, HashRingOptions {
  /** Default: `metadata.weight`, or 1 if that is no number above 0 and at most 100. */
  readonly weight?: ((member: Member) => number) | undefined;
}

/** Who came, who went, and what that moved. */
export interface RingChange {
  readonly revision: number;
  readonly joined: readonly string[];
  readonly left: readonly string[];
  /** Their weight changed. */
  readonly reweighted: readonly string[];
  readonly before: HashRing;
  readonly after: HashRing;
  /** Undefined: the key has stayed where it was. */
  moved(key: string | Uint8Array): { readonly from: string | undefined; readonly to: string | undefined } | undefined;
}

/**
 * A ring over the live members of a group. Each program works it out from its own view of the group, which may be late: two may differ for
 * a moment in who owns a key. It says where work belongs, and excludes nobody: for that see `partitions`.
 */
export interface Ring extends AsyncDisposable {
  readonly revision: number;
  /** 'stale': it shows what it last knew, as a view does. */
  readonly state: View['state'];
  /** As of now; a value that does not change. */
  readonly current: HashRing;
  owner(key: string | Uint8Array): string | undefined;
  /** The first `count` members for the key, the owner first: for replicas, say. */
  owners(key: string | Uint8Array, count: number): readonly string[];
  /** The first of the owners that has room. */
  place(key: string | Uint8Array, options: PlaceOptions): string | undefined;
  /** What changes from the call on. Whoever reads slowly gets several changes in one. */
  changes(options?: { readonly signal?: AbortSignal | undefined }): AsyncIterable<RingChange>;
  close(): Promise<void>;
}

/**
 * Consistent hashing over the live members of the group `name`. When one of n comes or goes, about 1/n of the keys move, and no other;
 * with 200 virtual nodes or more the share of every member is within 10 % of what its weight says.
 */
export async function ring(client: Client, name: string, options: RingOptions = {}): Promise<Ring> {
  const prefix = membersPrefix(name);
  const { signal, timeoutMs } = options;
  const view = await client.view({ prefix }, { signal, timeoutMs });
  try {
    return new ViewRing(view, prefix, options);
  } catch (error) {
    await view.close();
    throw error;
  }
}

class ViewRing implements Ring {
  readonly #view: View;
  readonly #prefix: string;
  readonly #options: RingOptions;
  #ring: HashRing | undefined;
  #ringRevision = -1;

  constructor(view: View, prefix: string, options: RingOptions) {
    this.#view = view;
    this.#prefix = prefix;
    this.#options = options;
    // What is wrong with the options is told at once.
    this.#current();
  }

  get revision(): number {
    return this.#view.revision;
  }

  get state(): View['state'] {
    return this.#view.state;
  }

  get current(): HashRing {
    return this.#current();
  }

  owner(key: string | Uint8Array): string | undefined {
    return this.#current().owner(key);
  }

  owners(key: string | Uint8Array, count: number): readonly string[] {
    return this.#current().owners(key, count);
  }

  place(key: string | Uint8Array, options: PlaceOptions): string | undefined {
    return this.#current().place(key, options);
  }

  changes(options?: { readonly signal?: AbortSignal | undefined }): AsyncIterable<RingChange> {
    return this.#changesSince(this.#current(), this.#view.changes(options));
  }

  async close(): Promise<void> {
    await this.#view.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async *#changesSince(first: HashRing, viewed: ReturnType<View['changes']>): AsyncGenerator<RingChange, void> {
    let before = first;
    for await (const _ of viewed) {
      const after = this.#current();
      const change = changeOf(this.#view.revision, before, after);
      before = after;
      if (change !== undefined) yield change;
    }
  }

  #current(): HashRing {
    // Throws if the view is closed.
    void this.#view.size;
    const { revision } = this.#view;
    if (this.#ring !== undefined && this.#ringRevision === revision) return this.#ring;
    const members = membersIn(this.#view, this.#prefix).map((member) => this.#ringMember(member));
    // A member that tells something else of itself does not move anything.
    if (this.#ring === undefined || !isSame(this.#ring, members)) this.#ring = new HashRing(members, this.#options);
    this.#ringRevision = revision;
    return this.#ring;
  }

  #ringMember(member: Member): RingMember {
    const { weight = weightInMetadata } = this.#options;
    return { id: member.id, weight: weight(member) };
  }
}

function weightInMetadata({ metadata }: Member): number {
  const weight = Number(metadata['weight'] ?? 1);
  return weight > 0 && weight <= 100 ? weight : 1;
}

function isSame(ring: HashRing, members: readonly RingMember[]): boolean {
  const weights = new Map(ring.members.map(({ id, weight }) => [id, weight]));
  return weights.size === members.length && members.every(({ id, weight }) => weights.get(id) === weight);
}

/** Undefined: nothing that matters to the ring. */
function changeOf(revision: number, before: HashRing, after: HashRing): RingChange | undefined {
  if (before === after) return undefined;
  const old = new Map(before.members.map(({ id, weight }) => [id, weight]));
  const present = new Map(after.members.map(({ id, weight }) => [id, weight]));
  const ids = [...present.keys()];
  return {
    revision,
    joined: ids.filter((id) => !old.has(id)),
    left: [...old.keys()].filter((id) => !present.has(id)),
    reweighted: ids.filter((id) => old.has(id) && old.get(id) !== present.get(id)),
    before,
    after,
    moved(key) {
      const [from, to] = [before.owner(key), after.owner(key)];
      return from === to ? undefined : { from, to };
    },
  };
}
