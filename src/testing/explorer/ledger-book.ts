import { encodeCanonically } from '../../paxos/canonical.ts';
import { Interner } from './interner.ts';
import { emptyLedger, type Ledger, type LedgerEvent, note, withoutClaims } from './ledger.ts';
import { absent, PairTable } from './pair-table.ts';

/** Every ledger that a node ever had, by number. */
export class LedgerBook {
  readonly #ledgers = new Interner<Ledger>();
  /** What a ledger shows to those of other nodes: ledgers that differ only in the rest have one public number. */
  readonly #public = new Interner<Ledger>();
  readonly #publicNumbers: number[] = [];
  readonly #noted = new PairTable();

  /** Of a node in its first life. */
  start(node: number, events: readonly LedgerEvent[]): number {
    return this.#intern(note(emptyLedger(node), events));
  }

  /** @throws BrokenInvariant. `turn` stands for the events: the same ones have the same number. */
  note(ledger: number, turn: number, events: readonly LedgerEvent[]): number {
    if (events.length === 0) return ledger;
    const known = this.#noted.get(ledger, turn);
    if (known !== absent) return known;
    const next = this.#intern(note(this.#ledgers.thing(ledger), events));
    this.#noted.set(ledger, turn, next);
    return next;
  }

  withoutClaims(ledger: number): number {
    const found = this.#ledgers.thing(ledger);
    return found.claims.size === 0 ? ledger : this.#intern(withoutClaims(found));
  }

  publicNumber(ledger: number): number {
    return this.#publicNumbers[ledger] as number;
  }

  /** One of those with that public number. */
  shown(publicNumber: number): Ledger {
    return this.#public.thing(publicNumber);
  }

  #intern(ledger: Ledger): number {
    const { node, lives, promised, votes, proposals, held, claims } = ledger;
    const shown = `${node} ${encodeCanonically([votes, proposals, claims])}`;
    const number = this.#ledgers.number(`${shown} ${encodeCanonically([lives, promised, held])}`, () => ledger);
    this.#publicNumbers[number] ??= this.#public.number(shown, () => ledger);
    return number;
  }
}
