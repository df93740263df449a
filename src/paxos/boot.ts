import { assert } from '../wire/assert.ts';
import { halt, quorum } from './cluster.ts';
import { isVoter } from './configuration.ts';
import type { PaxosEffect } from './effects.ts';
import { foundIfReady } from './formation.ts';
import { greetOnTick } from './greeting.ts';
import { standTrimmed } from './journal.ts';
import { updatePeers } from './membership.ts';
import { originSlot } from './record.ts';
import { removedText, strangerText } from './refusal.ts';
import { resetElectionTimer } from './role.ts';
import type { PaxosState } from './state.ts';

/** The journal has been read: greets the others, and starts the timers. */
export function boot(state: PaxosState, effects: PaxosEffect[]): void {
  const { nodeId, incarnation } = state.options;
  assert(!state.booted, 'a node boots once');
  state.booted = true;
  state.bootedAtMs = state.nowMs;
  state.lastRecordAtMs = state.nowMs;
  state.highestRound = state.promised.round;
  // A checkpoint that is ahead of the journal may have come from another node, just before a crash: then it stands for slots of which the
  // journal has other values than the chosen ones, or none. What the only member has chosen is what its journal has.
  const { appliedThrough, members } = state;
  if (appliedThrough > state.restoredChosenThrough && members.length > 1) standTrimmed(state, appliedThrough);
  if ((state.options.origin ?? state.genesis?.origin) !== undefined) standAtOrigin(state);
  const self = [...state.members, ...state.departing].find((member) => member.nodeId === nodeId);
  if (self === undefined && (state.ruling?.slot ?? 0) > 0) {
    halt(state, effects, 'REMOVED', removedText(nodeId, 'the journal'));
    return;
  }
  if (self === undefined) {
    const reason = `${nodeId} is not among its members (${state.members.map((member) => member.nodeId).join(', ')})`;
    halt(state, effects, 'NOT_A_MEMBER', `${reason}: check the node id, the initial members and the data directory`);
    return;
  }
  if (state.genesis !== undefined && self.incarnation !== incarnation) {
    halt(state, effects, 'STRANGE_INCARNATION', strangerText(nodeId, incarnation, 'the journal', self.incarnation));
    return;
  }
  const { origin } = state.options;
  if (state.genesis !== undefined && origin !== undefined && origin !== state.genesis.origin) {
    const reason = `the journal of ${nodeId} belongs to a cluster that has begun with another state than its data directory`;
    halt(
      state,
      effects,
      'DIFFERENT_ORIGIN',
      `${reason}: identity.json is not the one that this journal was written beside`,
    );
    return;
  }
  updatePeers(state, true);
  resetElectionTimer(state);
  // Nobody else could be leading a cluster with one voter.
  if (isVoter(state, nodeId) && quorum(state) === 1) state.electionAtMs = state.nowMs;
  foundIfReady(state);
  greetOnTick(state, effects);
}

/** What was restored takes the place of the first slots, whether or not it is still on this disk: they are never proposed or voted on. */
function standAtOrigin(state: PaxosState): void {
  standTrimmed(state, originSlot);
  if (state.chosenThrough < originSlot) state.chosenThrough = originSlot;
  if (state.durableChosenThrough < originSlot) state.durableChosenThrough = originSlot;
}
