import type { Lane } from './effect.ts';
import type { PeerMessage } from './messages.ts';

/**
 * Which connection a message takes. What keeps a leader in office or a session alive must never wait behind values:
 * a large write that delays heartbeats is how a healthy cluster loses its leader.
 */
export const laneOf = {
  greeting: 'control',
  greetingAnswer: 'control',
  genesis: 'control',
  preVote: 'control',
  preVoteAnswer: 'control',
  prepare: 'control',
  promise: 'bulk',
  rejected: 'control',
  accept: 'bulk',
  accepted: 'control',
  heartbeat: 'control',
  heartbeatAnswer: 'control',
  fetch: 'control',
  learn: 'bulk',
  transfer: 'control',
  forward: 'bulk',
  forwardRefused: 'control',
  relayedKeepAlive: 'control',
  relayedKeepAliveAnswer: 'control',
  readPoint: 'control',
  readPointAnswer: 'control',
  checkpointQuery: 'control',
  checkpointOffer: 'control',
  chunkRequest: 'control',
  chunk: 'bulk',
} as const satisfies Record<PeerMessage['type'], Lane>;
