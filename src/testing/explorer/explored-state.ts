import { never, type PaxosState } from '../../paxos/state.ts';

/** What is the same in all states of an exploration. */
export function withoutMembership(state: PaxosState) {
  const {
    genesis: _genesis,
    ruling: _ruling,
    successor: _successor,
    members: _members,
    departing: _departing,
    ...data
  } = state;
  return data;
}

/** All timers of elections fire with the next tick. */
export function makeTimersDue(memory: PaxosState): void {
  memory.electionAtMs = never;
  if (memory.candidacy !== undefined) memory.candidacy.giveUpAtMs = never;
  for (const progress of memory.leadership?.progress.values() ?? []) progress.heardAtMs = never;
}
