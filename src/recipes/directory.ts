import { type Client, ConclaveError } from '../client/index.ts';
import type {
  Directory,
  Instance,
  RegisterOptions,
  Registration,
  ResolveOptions,
  Resolver,
} from './directory-types.ts';
import { group } from './group.ts';
import { checkedMetadata, membersPrefix } from './group-members.ts';
import type { Member, Membership, Metadata } from './group-types.ts';
import { invalidArgument } from './names.ts';
import { ViewResolver } from './resolver.ts';

/** What an instance tells of itself besides: its own metadata come behind this, so that they do not meet address and weight. */
const own = 'own.';

/**
 * Service discovery: instances register with address and weight, and whoever calls the service has a live view of them, chooses by one of
 * five strategies, and spares those that fail for a while. Built on `group`: an instance that dies is gone when its session has expired.
 */
export function directory(client: Client, service: string): Directory {
  return new GroupDirectory(client, service);
}

type Change = Parameters<Registration['update']>[0];
type Described = Required<Omit<RegisterOptions, 'id'>> & { readonly metadata: Metadata };

class GroupDirectory implements Directory {
  readonly service: string;
  readonly #client: Client;
  readonly #groupName: string;

  constructor(client: Client, service: string) {
    if (typeof service !== 'string' || service === '') throw invalidArgument('a service has a name');
    this.#client = client;
    this.#groupName = `directory/${service}`;
    this.service = service;
  }

  async register({ id, address, weight = 1, metadata = {} }: RegisterOptions): Promise<Registration> {
    const described = checked({ address, weight, metadata });
    const membership = await group(this.#client, this.#groupName).join({ id, metadata: metadataOf(described) });
    return new GroupRegistration(membership, described);
  }

  async resolve(options: ResolveOptions = {}): Promise<Resolver> {
    const { signal, timeoutMs } = options;
    const prefix = membersPrefix(this.#groupName);
    const view = await this.#client.view({ prefix }, { signal, timeoutMs });
    try {
      return new ViewResolver(this.service, view, prefix, instanceOf, options);
    } catch (error) {
      await view.close();
      throw error;
    }
  }
}

class GroupRegistration implements Registration {
  readonly #membership: Membership;
  #described: Described;
  /** Updates, one after the other: each begins from what the one before has left. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(membership: Membership, described: Described) {
    this.#membership = membership;
    this.#described = described;
  }

  get id(): string {
    return this.#membership.id;
  }

  get signal(): AbortSignal {
    return this.#membership.signal;
  }

  async update(change: Change): Promise<void> {
    const updated = this.#turn.then(() => this.#update(change));
    this.#turn = updated.catch(() => undefined);
    await updated;
  }

  async #update(change: Change): Promise<void> {
    const { address, weight, metadata } = this.#described;
    const described = checked({
      address: change.address ?? address,
      weight: change.weight ?? weight,
      metadata: change.metadata ?? metadata,
    });
    try {
      await this.#membership.update(metadataOf(described));
    } catch (error) {
      // Then it is carried on.
      if (error instanceof ConclaveError && error.outcome === 'unknown') this.#described = described;
      throw error;
    }
    this.#described = described;
  }

  deregister(): Promise<void> {
    return this.#membership.leave();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.deregister();
  }
}

function checked({ address, weight, metadata }: Described): Described {
  if (typeof address !== 'string' || address === '') throw invalidArgument('an instance has an address');
  if (!isWeight(weight)) throw invalidArgument(`a weight is a number above 0 and at most 100, not ${String(weight)}`);
  return { address, weight, metadata: checkedMetadata(metadata) };
}

function isWeight(weight: unknown): weight is number {
  return typeof weight === 'number' && weight > 0 && weight <= 100;
}

function metadataOf({ address, weight, metadata }: Described): Metadata {
  const ours = Object.entries(metadata).map(([name, text]) => [own + name, text]);
  return { ...Object.fromEntries(ours), address, weight: String(weight) };
}

/** Undefined for a member that was not registered here: nobody could call it. */
function instanceOf({ id, session, metadata }: Member): Instance | undefined {
  const { address, weight: weightText, ...others } = metadata;
  const weight = Number(weightText);
  if (address === undefined || !isWeight(weight)) return undefined;
  const ours = Object.entries(others).flatMap(([name, text]) =>
    name.startsWith(own) ? [[name.slice(own.length), text]] : [],
  );
  return { id, address, weight, metadata: Object.fromEntries(ours) as Metadata, session };
}
