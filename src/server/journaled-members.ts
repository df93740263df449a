import { asVoters } from '../paxos/configuration.ts';
import { configurationOf } from '../paxos/configuration-codec.ts';
import type { AcceptedSlot, Configuration, Genesis, JournalRecord, Member, Slot } from '../paxos/record.ts';
import type { NodeId } from '../wire/identifiers.ts';
import { isOnlyVoter } from './members.ts';

/** Who the members are, as the records of a journal tell, without a node that is started. Give it all of them, in their order. */
export class JournaledMembers {
  #genesis: Genesis | undefined;
  #ruling: Configuration | undefined;
  #before: Configuration | undefined;
  #chosenThrough: Slot = 0;
  /** Above what is known to be chosen. */
  readonly #accepted = new Map<Slot, { readonly configuration: Configuration; readonly chosen: boolean }>();

  get genesis(): Genesis | undefined {
    return this.#genesis;
  }

  /** The newest that is known to be chosen; undefined before the genesis. */
  get ruling(): Configuration | undefined {
    return this.#ruling ?? (this.#genesis && { slot: 0, members: asVoters(this.#genesis.members) });
  }

  /** Members before the newest change, which they may still have to bring about: no slot above it is known to be chosen. */
  get departing(): readonly Member[] {
    const { ruling } = this;
    if (ruling === undefined || this.#chosenThrough > ruling.slot) return [];
    const before = this.#before?.members ?? [];
    return before.filter(({ nodeId }) => !ruling.members.some((member) => member.nodeId === nodeId));
  }

  /** It is, or may be by a change that was accepted and perhaps chosen, the only voter: nobody else is sure to have what it has. */
  mayBeOnlyVoter(nodeId: NodeId): boolean {
    const proposed = [...this.#accepted.values()].map(({ configuration }) => configuration);
    return [this.ruling, ...proposed].some((known) => known !== undefined && isOnlyVoter(known.members, nodeId));
  }

  /** @throws AssertionFailure if a configuration cannot be read */
  take({ genesis, configuration, accepted, chosenThrough, trimmedThrough }: JournalRecord): void {
    if (genesis !== undefined) this.#genesis = genesis;
    for (const entry of accepted) if (entry.slot > trimmedThrough) this.#note(entry);
    if (configuration !== undefined) this.#rule(configuration);
    this.#chosenThrough = Math.max(this.#chosenThrough, chosenThrough);
    for (const [slot, entry] of this.#accepted) {
      if (slot > this.#chosenThrough) continue;
      this.#accepted.delete(slot);
      if (slot > trimmedThrough) this.#rule(entry.configuration);
    }
  }

  #note({ slot, value, chosen }: AcceptedSlot): void {
    if (slot <= this.#chosenThrough || this.#accepted.get(slot)?.chosen === true) return;
    const configuration = configurationOf(slot, value);
    if (configuration === undefined) this.#accepted.delete(slot);
    else this.#accepted.set(slot, { configuration, chosen });
  }

  #rule(configuration: Configuration): void {
    if (configuration.slot <= (this.#ruling?.slot ?? 0)) return;
    this.#before = this.ruling;
    this.#ruling = configuration;
  }
}
