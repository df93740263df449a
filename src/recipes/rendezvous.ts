import { randomUUID } from 'node:crypto';
import { type CallOptions, type Client, type Condition, cond, type Op, op, type View } from '../client/index.ts';
import { escapedName, keyPrefix, wholeNumber } from './names.ts';
import { Patience, persistently, untilDecided } from './patience.ts';
import { RecipeError } from './recipe-error.ts';

/** Conditions and operations of a transaction are at most 1,024 each. */
const partiesHigh = 250;

/** How many outcomes are remembered for those who were cut off meanwhile. */
const rememberedRounds = 16;

export interface ArriveOptions extends CallOptions {
  /** By default one that nobody else has. */
  readonly id?: string | undefined;
}

/** A round in which all parties have met. */
export interface Meeting {
  readonly round: number;
  readonly id: string;
  /** Who met, in the order of arrival. */
  readonly parties: readonly string[];
}

type Outcome =
  | { readonly outcome: 'passed'; readonly parties: readonly string[] }
  | { readonly outcome: 'broken'; readonly by: string };

interface Round {
  readonly number: number;
  /** A later round is open, and what became of this one need not be known any more. */
  readonly isOver: boolean;
  readonly outcome: Outcome | undefined;
  /** In the order of arrival. */
  readonly arrived: readonly string[];
  readonly alive: ReadonlySet<string>;
}

/** Where a party is to wait. */
interface Place {
  round: number;
  /** It was tried, and the answer was lost. */
  mayHaveArrived: boolean;
}

/**
 * Where barriers meet, round after round. Each party leaves two keys at once: one that stays, and an ephemeral one. A party that has the
 * first and not the second is dead, and so everybody can see by the state alone, whenever they look, whether the round can still be passed.
 * What becomes of a round is one key, written once; nobody passes or fails but by reading it.
 */
export class Rendezvous {
  readonly parties: number;
  readonly #client: Client;
  readonly #kind: string;
  readonly #name: string;
  readonly #prefix: string;

  constructor(client: Client, kind: string, name: string, parties: number) {
    this.#client = client;
    this.#kind = kind;
    this.#name = name;
    this.#prefix = keyPrefix(kind, name);
    this.parties = wholeNumber(parties, 'parties', 1, partiesHigh);
  }

  /** Rejects with BARRIER_BROKEN; with TIMEOUT or ABORTED, which break the round for the others, who would wait in vain. */
  async meet({ id = randomUUID(), signal, timeoutMs }: ArriveOptions, staying: boolean): Promise<Meeting> {
    escapedName(id, 'the id of a party');
    using patience = new Patience(`the ${this.#kind} '${this.#name}'`, { signal, timeoutMs });
    for (;;) {
      const place: Place = { round: 1, mayHaveArrived: false };
      let meeting: Meeting | undefined;
      try {
        meeting = await this.#meet(place, id, staying, patience);
        if (meeting !== undefined) return meeting;
        // Too many came: the next round is ours.
      } catch (error) {
        meeting = await this.#giveUp(place.round, id, error);
        if (meeting !== undefined) return meeting;
        throw patience.errorOf(error);
      } finally {
        // What became of the round is known; the rest of what is left of it dies with the session.
        const isInside = staying && meeting !== undefined;
        if (!isInside) await this.#forget(place.round, id).catch(() => undefined);
      }
    }
  }

  /** Undefined: passed by others, without this one. */
  async #meet(place: Place, id: string, staying: boolean, patience: Patience): Promise<Meeting | undefined> {
    await persistently(() => this.#arrive(place, id), patience.signal);
    const { round } = place;
    const decide = (view: View) => this.#decide(this.#roundIn(view, round), staying);
    const outcome = await untilDecided(this.#client, { prefix: this.#prefix }, decide, patience);
    return this.#meetingOf(outcome, round, id);
  }

  /** Takes the party away, and waits until all others of its round have gone or died. */
  async part({ round, id, parties }: Meeting, { signal, timeoutMs }: CallOptions): Promise<void> {
    using patience = new Patience(`leaving the ${this.#kind} '${this.#name}'`, { signal, timeoutMs });
    await this.#forget(round, id);
    const prefix = this.#alive(round, '');
    const decide = (view: View) =>
      parties.some((party) => view.has(prefix + encodeURIComponent(party))) ? undefined : true;
    await untilDecided(this.#client, { prefix }, decide, patience);
  }

  /** Takes the party away, and waits for nobody. */
  async withdraw({ round, id }: Meeting): Promise<void> {
    await this.#forget(round, id);
  }

  /** In the round that is open; or in the one before, if this was counted there although the answer was lost. */
  async #arrive(place: Place, id: string): Promise<void> {
    for (;;) {
      const { round, mayHaveArrived } = place;
      place.mayHaveArrived = true;
      const done = await this.#client.txn({
        if: [this.#isOpen(round)],
        then: [op.put(this.#arrived(round, id), ''), op.put(this.#alive(round, id), '', { ephemeral: true })],
        else: [op.get(this.#roundKey), op.get(this.#outcome(round))],
      });
      if (done.succeeded) return;
      const outcome = outcomeIn(done.results[1]);
      if (mayHaveArrived && outcome?.outcome === 'passed' && outcome.parties.includes(id)) return;
      place.round = Number(done.results[0]?.text() ?? 1);
      place.mayHaveArrived = false;
    }
  }

  async #decide(round: Round, staying: boolean): Promise<Outcome | undefined> {
    if (round.outcome !== undefined) return round.outcome;
    if (round.isOver) {
      const message = `what became of round ${round.number} of '${this.#name}' is not known any more`;
      throw new RecipeError('BARRIER_BROKEN', message, { outcome: 'unknown' });
    }
    const dead = round.arrived.find((party) => !round.alive.has(party));
    if (dead !== undefined) {
      const isDead = [cond.exists(this.#arrived(round.number, dead)), cond.absent(this.#alive(round.number, dead))];
      await this.#conclude(round.number, { outcome: 'broken', by: dead }, isDead, []);
    } else if (round.arrived.length >= this.parties) {
      const parties = round.arrived.slice(0, this.parties);
      const areAlive = parties.map((party) => cond.exists(this.#alive(round.number, party)));
      const leaving = staying ? [] : parties.map((party) => op.delete(this.#alive(round.number, party)));
      const forgotten = parties.map((party) => op.delete(this.#arrived(round.number, party)));
      await this.#conclude(round.number, { outcome: 'passed', parties }, areAlive, [...forgotten, ...leaving]);
    }
    // What came of it is seen in the next revision.
    return undefined;
  }

  /** If nobody else has before. */
  async #conclude(
    round: number,
    outcome: Outcome,
    conditions: readonly Condition[],
    then: readonly Op<unknown>[],
  ): Promise<boolean> {
    const { succeeded } = await this.#client.txn({
      if: [this.#isOpen(round), ...conditions],
      then: [
        op.put(this.#outcome(round), JSON.stringify(outcome)),
        op.put(this.#roundKey, String(round + 1)),
        op.delete(this.#outcome(round - rememberedRounds)),
        ...then,
      ],
    });
    return succeeded;
  }

  /** A party that does not wait any more. The round may have been decided before that: then it counts what was decided. */
  async #giveUp(round: number, id: string, error: unknown): Promise<Meeting | undefined> {
    if (error instanceof RecipeError) return undefined;
    if (await this.#conclude(round, { outcome: 'broken', by: id }, [], [])) return undefined;
    const outcome = outcomeIn(await this.#client.get(this.#outcome(round)));
    return outcome?.outcome === 'passed' && outcome.parties.includes(id)
      ? { round, id, parties: outcome.parties }
      : undefined;
  }

  async #forget(round: number, id: string): Promise<void> {
    const forgotten = [op.delete(this.#arrived(round, id)), op.delete(this.#alive(round, id))];
    await this.#client.txn({ if: [], then: forgotten });
  }

  /** Undefined: passed by others, without this one. */
  #meetingOf(outcome: Outcome, round: number, id: string): Meeting | undefined {
    if (outcome.outcome === 'broken') {
      throw new RecipeError(
        'BARRIER_BROKEN',
        `'${outcome.by}' died or gave up before all had arrived at '${this.#name}'`,
      );
    }
    return outcome.parties.includes(id) ? { round, id, parties: outcome.parties } : undefined;
  }

  #roundIn(view: View, number: number): Round {
    const arrivedPrefix = this.#arrived(number, '');
    const alivePrefix = this.#alive(number, '');
    const arrived: { readonly id: string; readonly revision: number }[] = [];
    const alive = new Set<string>();
    for (const [key, { createRevision }] of view.entries()) {
      if (key.startsWith(arrivedPrefix)) {
        arrived.push({ id: decodeURIComponent(key.slice(arrivedPrefix.length)), revision: createRevision });
      } else if (key.startsWith(alivePrefix)) alive.add(decodeURIComponent(key.slice(alivePrefix.length)));
    }
    arrived.sort((a, b) => a.revision - b.revision);
    return {
      number,
      isOver: Number(view.entry(this.#roundKey)?.text() ?? 1) > number,
      outcome: outcomeIn(view.entry(this.#outcome(number))),
      arrived: arrived.map(({ id }) => id),
      alive,
    };
  }

  #isOpen(round: number): Condition {
    return round === 1 ? cond.absent(this.#roundKey) : cond.valueIs(this.#roundKey, String(round));
  }

  get #roundKey(): string {
    return `${this.#prefix}round`;
  }

  #outcome(round: number): string {
    return `${this.#prefix}rounds/${round}/outcome`;
  }

  #arrived(round: number, id: string): string {
    return `${this.#prefix}rounds/${round}/arrived/${encodeURIComponent(id)}`;
  }

  #alive(round: number, id: string): string {
    return `${this.#prefix}rounds/${round}/alive/${encodeURIComponent(id)}`;
  }
}

function outcomeIn(entry: { text(): string } | undefined): Outcome | undefined {
  return entry === undefined ? undefined : (JSON.parse(entry.text()) as Outcome);
}
