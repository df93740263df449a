import type { PromiseMessage } from '../../paxos/messages.ts';
import type { AcceptedSlot, Slot } from '../../paxos/record.ts';
import type { ReplicaInput } from '../../replica/input.ts';
import type { PeerMessage } from '../../replica/messages.ts';
import { type Ballot, compareBallots, sameBallot, zeroBallot } from '../../wire/ballot.ts';
import type { ConfigOverrides } from './config.ts';
import { type MutantContext, mutant, type PlantedBug } from './planted-bug.ts';

const oppositeOf = ({ round, nodeId }: Ballot): Ballot => ({ round: 1_000_000 - round, nodeId });

/** Changes one kind of peer message on its arrival. */
function onArrival(change: (message: PeerMessage, context: MutantContext) => PeerMessage): PlantedBug['createReplica'] {
  return mutant(() => ({
    input: (input, context) =>
      input.type === 'peerMessage' ? [{ ...input, message: change(input.message, context) }] : [input],
  }));
}

function onRestore(change: (promised: Ballot, context: MutantContext) => Ballot): PlantedBug['createReplica'] {
  return mutant(() => ({
    input: (input, context) =>
      input.type === 'restore'
        ? [{ ...input, record: { ...input.record, promised: change(input.record.promised, context) } }]
        : [input],
  }));
}

const changePromise = (change: (promise: PromiseMessage) => readonly AcceptedSlot[]): PlantedBug['createReplica'] =>
  onArrival((message) => (message.type === 'promise' ? { ...message, accepted: change(message) } : message));

/** Leaders that are cut off with accepted values that their successors have not heard of, again and again. */
const duellingLeaders: ConfigOverrides = {
  faults: [
    ['isolateLeader', 3],
    ['crash', 1],
    ['halves', 2],
    ['transfer', 1],
  ],
  operations: [['put', 1]],
  faultIntervalMs: 300,
  faultDurationMs: 500,
  diskJitterUs: 20_000,
  linkJitterUs: 10_000,
  outstanding: 16,
  tightLimits: false,
};

/** Breaks what Paxos is about. */
export const consensusBugs: readonly PlantedBug[] = [
  {
    name: 'speak-before-persisted',
    meaning: 'what waits for a record to be durable leaves when its write begins',
    withinSeeds: 50,
    createReplica: mutant(() => {
      const early = new Set<number>();
      return {
        input: (input) => (input.type === 'persisted' && early.delete(input.sequence) ? [] : [input]),
        effects: (effects) => {
          const told: ReplicaInput[] = [];
          for (const effect of effects) {
            if (effect.type !== 'persist') continue;
            early.add(effect.record.sequence);
            told.push({ type: 'persisted', sequence: effect.record.sequence });
          }
          return told.length > 0 ? [...told, { type: 'endOfTurn' }] : [];
        },
      };
    }),
  },
  {
    name: 'promise-forgotten-on-restart',
    meaning: 'a node that restarts remembers no promise',
    withinSeeds: 50,
    createReplica: onRestore(() => zeroBallot),
  },
  {
    name: 'ballot-reused-after-restart',
    meaning: 'a node that restarts makes the ballot again that it used last',
    withinSeeds: 50,
    createReplica: onRestore((promised, { node }) =>
      promised.nodeId === node.nodeId ? { ...promised, round: promised.round - 1 } : promised,
    ),
  },
  {
    name: 'quorum-one-too-small',
    meaning: 'one vote of another member is counted that was never given',
    withinSeeds: 50,
    createReplica: mutant(({ node, setup }) => {
      let proposed: { ballot: Ballot; through: Slot } | undefined;
      return {
        input: (input, { replica }) => {
          const peer = setup.initial.find(({ nodeId }) => nodeId !== node.nodeId);
          const incarnation = replica.paxos.genesis?.members.find(({ nodeId }) => nodeId === peer?.nodeId)?.incarnation;
          if (input.type !== 'persisted' || proposed === undefined || peer === undefined || incarnation === undefined) {
            return [input];
          }
          const message: PeerMessage = { type: 'accepted', ...proposed, incarnation, sequence: 0 };
          return [input, { type: 'peerMessage', from: peer.nodeId, incarnation, message }];
        },
        effects: (effects) => {
          for (const effect of effects) {
            if (effect.type === 'send' && effect.message.type === 'accept') {
              proposed = { ballot: effect.message.ballot, through: effect.message.slot };
            }
          }
          return [];
        },
      };
    }),
  },
  {
    name: 'adopts-the-lowest-ballot',
    meaning: 'phase 1 takes over the value accepted with the lowest ballot instead of the highest',
    focus: duellingLeaders,
    withinSeeds: 100,
    createReplica: changePromise(({ accepted }) =>
      accepted.map((entry) => ({ ...entry, ballot: oppositeOf(entry.ballot) })),
    ),
  },
  {
    name: 'adopts-nothing',
    meaning: 'phase 1 ignores what others have accepted',
    withinSeeds: 50,
    createReplica: changePromise(() => []),
  },
  {
    name: 'trusts-chosen-of-other-ballots',
    meaning:
      'a follower takes what it accepted in any ballot for chosen, because the leader says that the slot is chosen',
    withinSeeds: 100,
    createReplica: mutant(({ node }) => ({
      input: (input, { replica }) => {
        if (input.type !== 'peerMessage' || input.message.type !== 'heartbeat') return [input];
        const slots: AcceptedSlot[] = [];
        for (let slot = replica.paxos.chosenThrough + 1; slot <= input.message.chosenThrough; slot++) {
          const entry = node.journal.slot(slot);
          if (entry === undefined) break;
          slots.push({ ...entry, chosen: true });
        }
        if (slots.length === 0) return [input];
        const message: PeerMessage = { type: 'learn', slots, chosenThrough: input.message.chosenThrough };
        return [input, { ...input, message }];
      },
    })),
  },
  {
    name: 'acknowledges-what-it-does-not-hold',
    meaning: 'an acceptor acknowledges the slot it was asked for, whatever it has',
    withinSeeds: 50,
    createReplica: mutant(() => {
      let asked: { ballot: Ballot; slot: Slot } | undefined;
      return {
        input: (input) => {
          if (input.type === 'peerMessage' && input.message.type === 'accept') {
            const { ballot, slot } = input.message;
            if (asked === undefined || compareBallots(ballot, asked.ballot) >= 0) asked = { ballot, slot };
          }
          return [input];
        },
        effects: (effects) => {
          for (const [at, effect] of effects.entries()) {
            if (effect.type !== 'send' || effect.message.type !== 'accepted' || asked === undefined) continue;
            if (!sameBallot(asked.ballot, effect.message.ballot)) continue;
            const through = Math.max(effect.message.through, asked.slot);
            effects[at] = { ...effect, message: { ...effect.message, through } };
          }
          return [];
        },
      };
    }),
  },
];
