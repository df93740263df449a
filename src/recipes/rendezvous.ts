import { randomUUID } from 'node:crypto';
import { type CallOptions, type Client, type Condition, cond, type Op, op, type View } from '../client/index.ts';
import { escapedName, keyPrefix, wholeNumber } from './names.ts';
import { inBackground, Patience, persistently, untilDecided } from './patience.ts';
import { RecipeError, withUnknownOutcome } from './recipe-error.ts';

/** Conditions and operations of a transaction are at most 1,024 each. */
const partiesHigh = 250;

/** How many outcomes are remembered for those who were cut off meanwhile. */
const rememberedRounds = 16;

/** How long a party that gives up waits to learn whether it was counted. */
const givingUpMs = 1_000;

export interface ArriveOptions extends CallOptions {
  /** By default one that nobody else has. */
  readonly id?: string | undefined;
}

/** Where a party waits. The same id may come again: what is whose is told by the name of its call, which no other call has. */
interface Place {
  readonly id: string;
  readonly call: string;
  round: number;
}

/** A round in which all parties have met. */
export interface Meeting extends Readonly<Place> {
  /** Who met, in the order of arrival. */
  readonly parties: readonly string[];
}

type Outcome =
  | { readonly outcome: 'passed'; readonly parties: readonly string[]; readonly calls: readonly string[] }
  | { readonly outcome: 'broken'; readonly by: string };

interface Round {
  readonly number: number;
  /** A later round is open, and what became of this one need not be known any more. */
  readonly isOver: boolean;
  readonly outcome: Outcome | undefined;
  /** In the order of arrival. */
  readonly arrived: readonly Arrival[];
  readonly alive: ReadonlySet<string>;
}

interface Arrival extends Pick<Place, 'id' | 'call'> {
  readonly revision: number;
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

  /**
   * Rejects with BARRIER_BROKEN; with TIMEOUT or ABORTED, which break the round for the others, who would wait in vain. With outcome
   * `unknown`, others may have passed with this party, or may yet for as long as its session lives.
   */
  async meet({ id = randomUUID(), signal, timeoutMs }: ArriveOptions, staying: boolean): Promise<Meeting> {
    escapedName(id, 'the id of a party');
    using patience = new Patience(`the ${this.#kind} '${this.#name}'`, { signal, timeoutMs });
    patience.throwIfOver();
    const call = randomUUID();
    for (let first = 1; ; ) {
      const place: Place = { id, call, round: first };
      try {
        const meeting = await this.#meet(place, staying, patience);
        if (meeting !== undefined) return meeting;
      } catch (error) {
        return await this.#giveUp(place, patience.errorOf(error, 'not-applied'));
      }
      // Too many came: the next round is ours.
      this.#inTheBackground(() => this.#forget(place));
      first = place.round + 1;
    }
  }

  /** Undefined: passed by others, without this one. */
  async #meet(place: Place, staying: boolean, patience: Patience): Promise<Meeting | undefined> {
    const { signal } = patience;
    await persistently(() => this.#arrive(place, signal), signal);
    const decide = (view: View) => this.#decide(this.#roundIn(view, place.round), staying, signal);
    const outcome = await untilDecided(this.#client, { prefix: this.#prefix }, decide, patience);
    if (outcome.outcome === 'passed') return meetingOf(outcome, place);
    const message = `'${outcome.by}' died or gave up before all had arrived at '${this.#name}'`;
    throw new RecipeError('BARRIER_BROKEN', message);
  }

  /** Takes the party away, and waits until all others of its round have gone or died. */
  async part(meeting: Meeting, { signal, timeoutMs }: CallOptions): Promise<void> {
    using patience = new Patience(`leaving the ${this.#kind} '${this.#name}'`, { signal, timeoutMs });
    await this.#forget(meeting);
    const prefix = this.#alive(meeting.round, '');
    const decide = (view: View) =>
      meeting.parties.some((party) => view.has(prefix + encodeURIComponent(party))) ? undefined : true;
    await untilDecided(this.#client, { prefix }, decide, patience);
  }

  /** Takes the party away, and waits for nobody. */
  async withdraw(meeting: Meeting): Promise<void> {
    await this.#forget(meeting);
  }

  /** In the round that is open; or in one before, if this call was counted there although the answer was lost. */
  async #arrive(place: Place, signal: AbortSignal): Promise<void> {
    for (;;) {
      const { round, id, call } = place;
      const branches = {
        if: [this.#isOpen(round)],
        then: [op.put(this.#arrived(round, id), call), op.put(this.#alive(round, id), call, { ephemeral: true })],
        else: [op.get(this.#roundKey), op.get(this.#outcome(round))],
      } as const;
      const done = await this.#client.txn(branches, { signal });
      if (done.succeeded || meetingOf(outcomeIn(done.results[1]), place) !== undefined) return;
      place.round = Number(done.results[0]?.text() ?? 1);
    }
  }

  async #decide(round: Round, staying: boolean, signal: AbortSignal): Promise<Outcome | undefined> {
    if (round.outcome !== undefined) return round.outcome;
    if (round.isOver) {
      const message = `what became of round ${round.number} of '${this.#name}' is not known any more`;
      throw new RecipeError('BARRIER_BROKEN', message, { outcome: 'unknown' });
    }
    const dead = round.arrived.find(({ id }) => !round.alive.has(id))?.id;
    if (dead !== undefined) {
      const isDead = [cond.exists(this.#arrived(round.number, dead)), cond.absent(this.#alive(round.number, dead))];
      await this.#conclude(round.number, { outcome: 'broken', by: dead }, isDead, [], { signal });
    } else if (round.arrived.length >= this.parties) {
      const counted = round.arrived.slice(0, this.parties);
      const parties = counted.map(({ id }) => id);
      const outcome: Outcome = { outcome: 'passed', parties, calls: counted.map(({ call }) => call) };
      const areThere = counted.flatMap(({ id, call }) => [
        cond.valueIs(this.#arrived(round.number, id), call),
        cond.exists(this.#alive(round.number, id)),
      ]);
      const leaving = staying ? [] : parties.map((party) => op.delete(this.#alive(round.number, party)));
      const forgotten = parties.map((party) => op.delete(this.#arrived(round.number, party)));
      await this.#conclude(round.number, outcome, areThere, [...forgotten, ...leaving], { signal });
    }
    // What came of it is seen in the next revision.
    return undefined;
  }

  /** If nobody else has before. @returns what has become of the round, if anything */
  async #conclude(
    round: number,
    outcome: Outcome,
    conditions: readonly Condition[],
    then: readonly Op<unknown>[],
    limits: CallOptions,
  ): Promise<Outcome | undefined> {
    const concluded = [
      op.put(this.#outcome(round), JSON.stringify(outcome)),
      op.put(this.#roundKey, String(round + 1)),
      op.delete(this.#outcome(round - rememberedRounds)),
      ...then,
    ];
    const done = await this.#client.txn(
      { if: [this.#isOpen(round), ...conditions], then: concluded, else: [op.get(this.#outcome(round))] },
      limits,
    );
    return done.succeeded ? outcome : outcomeIn(done.results[0]);
  }

  /** A party that does not wait any more. The round may have been decided before that: then it counts what was decided. */
  async #giveUp(place: Place, error: unknown): Promise<Meeting> {
    const { round, id, call } = place;
    if (error instanceof RecipeError) {
      this.#inTheBackground(() => this.#forget(place));
      throw error;
    }
    const broken: Outcome = { outcome: 'broken', by: id };
    const limits = { timeoutMs: givingUpMs };
    const outcome = await this.#conclude(round, broken, [], [], limits).catch(() => 'unknown' as const);
    if (outcome === 'unknown') {
      // Later it breaks the round only if it is still counted there: the same id may have come again.
      const isThere = cond.valueIs(this.#arrived(round, id), call);
      this.#inTheBackground(async () => {
        await this.#conclude(round, broken, [isThere], [], {});
        await this.#forget(place);
      });
      throw withUnknownOutcome(error);
    }
    const meeting = meetingOf(outcome, place);
    if (meeting !== undefined) return meeting;
    this.#inTheBackground(() => this.#forget(place));
    throw error;
  }

  async #forget({ round, id, call }: Readonly<Place>): Promise<void> {
    const forgotten = [this.#arrived(round, id), this.#alive(round, id)].map((key) =>
      op.txn({ if: [cond.valueIs(key, call)], then: [op.delete(key)] }),
    );
    await this.#client.txn({ if: [], then: forgotten });
  }

  /** What nobody waits for, and others wait for. What is ephemeral of it dies with the session. */
  #inTheBackground(work: () => Promise<unknown>): void {
    inBackground(work, this.#client.session.signal);
  }

  #roundIn(view: View, number: number): Round {
    const arrivedPrefix = this.#arrived(number, '');
    const alivePrefix = this.#alive(number, '');
    const arrived: Arrival[] = [];
    const alive = new Set<string>();
    for (const [key, entry] of view.entries()) {
      if (key.startsWith(arrivedPrefix)) {
        const id = decodeURIComponent(key.slice(arrivedPrefix.length));
        arrived.push({ id, call: entry.text(), revision: entry.createRevision });
      } else if (key.startsWith(alivePrefix)) alive.add(decodeURIComponent(key.slice(alivePrefix.length)));
    }
    arrived.sort((a, b) => a.revision - b.revision);
    return {
      number,
      isOver: Number(view.entry(this.#roundKey)?.text() ?? 1) > number,
      outcome: outcomeIn(view.entry(this.#outcome(number))),
      arrived,
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

/** Undefined: not passed, or by others, without this one. */
function meetingOf(outcome: Outcome | undefined, { round, id, call }: Place): Meeting | undefined {
  if (outcome?.outcome !== 'passed' || !outcome.calls.includes(call)) return undefined;
  return { round, id, call, parties: outcome.parties };
}
