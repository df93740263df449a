import { votersOf } from '../../src/paxos/configuration.ts';
import { configurationOf } from '../../src/paxos/configuration-codec.ts';
import type { PaxosMessage } from '../../src/paxos/messages.ts';
import type { Paxos } from '../../src/paxos/paxos.ts';
import type { JournalRecord, Slot } from '../../src/paxos/record.ts';
import { type Ballot, compareBallots, formatBallot, sameBallot, zeroBallot } from '../../src/wire/ballot.ts';
import type { NodeId } from '../../src/wire/identifiers.ts';
import type { Machine } from './harness.ts';
import { incarnationOf, nodeIds } from './node.ts';

const key = (value: Uint8Array): string => new TextDecoder().decode(value);

/** What the disk of one node says. */
interface Image {
  promised: Ballot;
  chosenThrough: Slot;
  /** Slot → the ballot of its last vote, and whether a chosen value was learned. */
  readonly votes: Map<Slot, Ballot>;
  readonly learned: Set<Slot>;
}

/** Who decides the slots after `slot`, and in how many they agree. */
interface Regime {
  readonly slot: Slot;
  /** With their incarnations; empty: as the cluster was born. */
  readonly voters: ReadonlyMap<NodeId, string>;
}

/** Sees everything, and throws as soon as something is not as it must be. */
export class Observer {
  /** By the configurations that were chosen, ascending. */
  readonly #regimes: Regime[];
  /** The slot of the configuration under which each ballot was opened. */
  readonly #ballotRegimes = new Map<string, Slot>();
  /** Slots for which new members were proposed. */
  readonly #changes = new Set<Slot>();
  readonly #images = new Map<NodeId, Image>();
  /** `slot/ballot` → who has durably accepted it. */
  readonly #voters = new Map<string, Set<NodeId>>();
  /** `slot/ballot` → the only value ever proposed. */
  readonly #proposals = new Map<string, string>();
  readonly #acceptBallots = new Map<Slot, { ballot: Ballot; value: string }[]>();
  readonly chosen = new Map<Slot, { readonly ballot: Ballot; readonly value: string }>();
  readonly #submitted = new Set<string>(['']);
  /** What some leader knew to be chosen, and may have told a client. */
  acknowledgedThrough: Slot = 0;

  constructor(count: number) {
    this.#regimes = [{ slot: 0, voters: new Map(nodeIds(count).map((nodeId) => [nodeId, incarnationOf(nodeId)])) }];
  }

  /** Who decides what comes next. */
  get regime(): Regime {
    return this.#regimes.at(-1) as Regime;
  }

  /** A change was proposed, and is not complete: both those before and those after it may have to decide. */
  get changing(): boolean {
    const { slot: ruledAbove } = this.regime;
    if ([...this.#changes].some((slot) => slot > ruledAbove && !this.chosen.has(slot))) return true;
    return ruledAbove > 0 && Math.max(...this.chosen.keys()) === ruledAbove;
  }

  /** Its votes were cast, and count; what it promised is nothing that the new directory takes back. */
  onWiped(nodeId: NodeId): void {
    this.#images.delete(nodeId);
  }

  /** Nobody has ever voted on this slot, and nobody may. */
  onRestored(slot: Slot, value: string): void {
    this.chosen.set(slot, { ballot: zeroBallot, value });
  }

  onProposed(value: string): void {
    this.#submitted.add(value);
  }

  onChangeProposed(slot: Slot, value: Uint8Array): void {
    this.#changes.add(slot);
    this.#submitted.add(key(value));
  }

  forget(nodeId: NodeId): void {
    this.#images.delete(nodeId);
  }

  #image(nodeId: NodeId): Image {
    let image = this.#images.get(nodeId);
    if (image === undefined) {
      image = { promised: zeroBallot, chosenThrough: 0, votes: new Map(), learned: new Set() };
      this.#images.set(nodeId, image);
    }
    return image;
  }

  /** Promise monotone, accept legal; and which values are chosen, by what the disks hold. */
  onDurable(nodeId: NodeId, record: JournalRecord): void {
    const image = this.#image(nodeId);
    check(compareBallots(record.promised, image.promised) >= 0, `${nodeId} takes a promise back`);
    check(record.chosenThrough >= image.chosenThrough, `${nodeId} forgets what is chosen`);
    for (const { slot, ballot, value, chosen } of record.accepted) {
      if (chosen) {
        image.learned.add(slot);
        check(this.chosen.get(slot)?.value === key(value), `${nodeId} learns slot ${slot}, which is not chosen so`);
        continue;
      }
      check(compareBallots(ballot, image.promised) >= 0, `${nodeId} accepts below its promise`);
      check(compareBallots(ballot, record.promised) <= 0, `${nodeId} accepts what it has not promised`);
      image.votes.set(slot, ballot);
      this.#countVote(nodeId, slot, ballot, value);
    }
    image.promised = record.promised;
    image.chosenThrough = record.chosenThrough;
  }

  #countVote(nodeId: NodeId, slot: Slot, ballot: Ballot, bytes: Uint8Array): void {
    const value = key(bytes);
    const name = `${slot}/${formatBallot(ballot)}`;
    // A leader's own vote is its proposal too, even if it could not be sent to anyone yet.
    if (ballot.nodeId === nodeId) this.#onAcceptSent(nodeId, slot, ballot, value);
    check(this.#proposals.get(name) === value, `${nodeId} accepts ${name}, which was never proposed so`);
    const voters = this.#voters.get(name) ?? new Set();
    this.#voters.set(name, voters.add(nodeId));
    if (!this.#isChosenBy(voters, slot, ballot)) return;
    const before = this.chosen.get(slot);
    check(
      before === undefined || before.value === value,
      `slot ${slot} is chosen twice: ${before?.value} and ${value}`,
    );
    check(this.#submitted.has(value), `slot ${slot} holds a value that nobody submitted`);
    if (before !== undefined) return;
    this.chosen.set(slot, { ballot, value });
    this.#noteRegime(slot, bytes);
    for (const proposal of this.#acceptBallots.get(slot) ?? [])
      this.#checkStability(slot, proposal.ballot, proposal.value);
  }

  /** Votes in a ballot that was opened under other members than those who rule the slot choose nothing. */
  #isChosenBy(voters: ReadonlySet<NodeId>, slot: Slot, ballot: Ballot): boolean {
    const regime = this.#regimes.findLast((each) => each.slot < slot);
    if (regime === undefined || this.#ballotRegimes.get(formatBallot(ballot)) !== regime.slot) return false;
    const agreeing = [...regime.voters.keys()].filter((voter) => voters.has(voter)).length;
    return agreeing >= Math.floor(regime.voters.size / 2) + 1;
  }

  #noteRegime(slot: Slot, value: Uint8Array): void {
    const members = configurationOf(slot, value)?.members;
    if (members === undefined) return;
    check(
      !this.#regimes.some((regime) => regime.slot > slot),
      `slot ${slot} changes the members before an earlier change`,
    );
    check(
      ![...this.chosen.keys()].some((other) => other > slot),
      `slots after the change in slot ${slot} are chosen before it`,
    );
    this.#regimes.push({
      slot,
      voters: new Map(votersOf(members).map(({ nodeId, incarnation }) => [nodeId, incarnation])),
    });
  }

  /** After (b, v) is chosen, every proposal in a higher ballot has v. */
  #checkStability(slot: Slot, ballot: Ballot, value: string): void {
    const chosen = this.chosen.get(slot);
    if (chosen === undefined || compareBallots(ballot, chosen.ballot) <= 0) return;
    check(
      value === chosen.value,
      `slot ${slot} is chosen as ${chosen.value}, but ${formatBallot(ballot)} proposes ${value}`,
    );
  }

  onLearned(nodeId: NodeId, slot: Slot, value: Uint8Array): void {
    const chosen = this.chosen.get(slot);
    check(chosen !== undefined, `${nodeId} applies slot ${slot} before it is chosen`);
    check(chosen?.value === key(value), `${nodeId} applies ${key(value)} in slot ${slot}, chosen is ${chosen?.value}`);
  }

  /** Persist before speak: what the disk holds at this moment already implies what is said. */
  onSend(machine: Machine, message: PaxosMessage): void {
    const { nodeId } = machine;
    const image = this.#image(nodeId);
    switch (message.type) {
      case 'greeting':
        check(
          message.sequence <= (machine.disk.at(-1)?.sequence ?? 0),
          `${nodeId} claims a record that it does not have`,
        );
        check(
          message.clusterId === '' || machine.disk.some(({ genesis }) => genesis !== undefined),
          'a genesis is claimed',
        );
        return;
      case 'prepare':
      case 'promise':
        check(compareBallots(image.promised, message.ballot) >= 0, `${nodeId} speaks before its promise is durable`);
        return;
      case 'accept':
        check(compareBallots(image.promised, message.ballot) >= 0, `${nodeId} proposes before its promise is durable`);
        this.#onAcceptSent(nodeId, message.slot, message.ballot, key(message.value));
        return;
      case 'accepted':
        check(sameBallot(image.promised, message.ballot), `${nodeId} answers in another ballot than it promised`);
        this.#checkHeld(nodeId, message.ballot, message.through);
        return;
      case 'heartbeatAnswer':
        check(sameBallot(image.promised, message.ballot), `${nodeId} answers in another ballot than it promised`);
        this.#checkHeld(nodeId, message.ballot, message.acceptedThrough);
        return;
      case 'learn':
        for (const { slot, value } of message.slots) this.onLearned(nodeId, slot, value);
        return;
      default:
    }
  }

  #onAcceptSent(nodeId: NodeId, slot: Slot, ballot: Ballot, value: string): void {
    check(ballot.nodeId === nodeId, `${nodeId} proposes in a ballot of another`);
    const name = `${slot}/${formatBallot(ballot)}`;
    const before = this.#proposals.get(name);
    check(before === undefined || before === value, `${name} is proposed as ${before} and as ${value}`);
    if (before !== undefined) return;
    this.#proposals.set(name, value);
    const proposals = this.#acceptBallots.get(slot) ?? [];
    proposals.push({ ballot, value });
    this.#acceptBallots.set(slot, proposals);
    this.#checkStability(slot, ballot, value);
  }

  #checkHeld(nodeId: NodeId, ballot: Ballot, through: Slot): void {
    const image = this.#image(nodeId);
    for (let slot = image.chosenThrough + 1; slot <= through; slot++) {
      const vote = image.votes.get(slot);
      const held = image.learned.has(slot) || (vote !== undefined && sameBallot(vote, ballot));
      check(held, `${nodeId} claims slot ${slot} in ${formatBallot(ballot)}, which its disk does not hold`);
    }
  }

  #noteBallot(paxos: Paxos): void {
    if (paxos.role !== 'leader') return;
    const ballot = formatBallot(paxos.ballot);
    if (!this.#ballotRegimes.has(ballot)) this.#ballotRegimes.set(ballot, paxos.configuration?.slot ?? 0);
  }

  onTurn(machine: Machine): void {
    const { process } = machine;
    if (process === undefined) return;
    const { paxos } = process;
    this.#noteBallot(paxos);
    const image = this.#image(machine.nodeId);
    check(
      compareBallots(paxos.promised, image.promised) >= 0,
      `${machine.nodeId} has promised less than its disk says`,
    );
    if (paxos.role === 'leader' && paxos.chosenThrough > this.acknowledgedThrough) {
      this.acknowledgedThrough = paxos.chosenThrough;
    }
    check(paxos.chosenThrough >= image.chosenThrough, `${machine.nodeId} knows less than its disk says`);
  }
}

function check(condition: boolean, message: string): void {
  if (!condition) throw new Error(message);
}
