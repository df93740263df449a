import type { NodeId } from '../wire/identifiers.ts';
import { onAccept, onHeartbeat, onPrepare } from './acceptor.ts';
import { onFetch, onLearn } from './catch-up.ts';
import { isMember, mayTeach } from './cluster.ts';
import type { PaxosEffect } from './effects.ts';
import { onPreVote, onPreVoteAnswer, onTransfer } from './election.ts';
import { onGenesis } from './formation.ts';
import { onGreeting, onGreetingAnswer } from './greeting.ts';
import { noteSeen } from './journal.ts';
import { onAccepted, onHeartbeatAnswer } from './leader.ts';
import { onRejected } from './leadership-change.ts';
import type { PaxosMessage } from './messages.ts';
import { onPromise } from './phase-one.ts';
import type { Incarnation } from './record.ts';
import type { PaxosState } from './state.ts';

type MemberMessage = Exclude<PaxosMessage, { type: 'greeting' | 'greetingAnswer' | 'genesis' }>;

/** A stranger, or a member's wiped directory, may greet; nothing else that it says has an effect. */
export function dispatch(
  state: PaxosState,
  from: NodeId,
  incarnation: Incarnation,
  message: PaxosMessage,
  effects: PaxosEffect[],
): void {
  switch (message.type) {
    case 'greeting':
      onGreeting(state, from, incarnation, message, effects);
      return;
    case 'greetingAnswer':
      onGreetingAnswer(state, from, incarnation, message, effects);
      return;
    case 'genesis':
      onGenesis(state, from, message);
      return;
    default:
      if (isMember(state, from, incarnation)) dispatchMember(state, from, incarnation, message, effects);
      else if (message.type === 'learn' && mayTeach(state, from, incarnation)) onLearn(state, message, effects);
  }
}

function dispatchMember(
  state: PaxosState,
  from: NodeId,
  incarnation: Incarnation,
  message: MemberMessage,
  effects: PaxosEffect[],
): void {
  switch (message.type) {
    case 'preVote':
      onPreVote(state, from, message, effects);
      return;
    case 'preVoteAnswer':
      onPreVoteAnswer(state, from, message, effects);
      return;
    case 'prepare':
      onPrepare(state, from, message, effects);
      return;
    case 'promise':
      noteSeen(state, { nodeId: from, incarnation, sequence: message.sequence });
      onPromise(state, from, message, effects);
      return;
    case 'rejected':
      onRejected(state, message, effects);
      return;
    case 'accept':
      onAccept(state, from, message, effects);
      return;
    case 'accepted':
      noteSeen(state, { nodeId: from, incarnation, sequence: message.sequence });
      onAccepted(state, from, message, effects);
      return;
    case 'heartbeat':
      noteSeen(state, { nodeId: from, incarnation, sequence: message.sequence });
      onHeartbeat(state, from, message, effects);
      return;
    case 'heartbeatAnswer':
      noteSeen(state, { nodeId: from, incarnation, sequence: message.sequence });
      onHeartbeatAnswer(state, from, message, effects);
      return;
    case 'fetch':
      onFetch(state, from, message, effects);
      return;
    case 'learn':
      onLearn(state, message, effects);
      return;
    case 'transfer':
      onTransfer(state, from, message, effects);
      return;
  }
}
