import type { SessionMetadata } from '../../wire/session-info.ts';
import type { Seed } from './random.ts';
import type { SessionCredentials } from './session-credentials.ts';

export interface ClientSettings {
  /** `HOST:PORT`, at least one, each once. */
  readonly endpoints: readonly string[];
  /** For operators: program, host, process. */
  readonly clientName: string;
  readonly sessionTtlMs: number;
  readonly sessionName: string;
  readonly sessionMetadata: readonly SessionMetadata[];
  /** 16 bytes that nobody can guess: whoever knows them may take over the sessions of this client. */
  readonly sessionSecret: Uint8Array;
  /** A session to take over before anything else; undefined: the first command opens one. */
  readonly resume: SessionCredentials | undefined;
  /** What `connect` does if that session is gone. */
  readonly onResumeFailure: 'reject' | 'reopen';
  readonly onExpiry: 'reopen' | 'close';
  readonly seed: Seed;
}

export const timing = {
  /** A node that has not said welcome in this time is passed over. Doubled round by round, up to the high limit. */
  welcomeMs: 1_000,
  welcomeMsHigh: 4_000,
  /** Between rounds in which every endpoint failed: doubled up to the high limit, half of it at random. */
  reconnectMs: 50,
  reconnectMsHigh: 1_000,
  /** A request that has been unanswered for so long makes the client ask whether anybody is there. */
  probeMs: 400,
  /** The same where only events are awaited. */
  idleProbeMs: 5_000,
  /** Nothing at all in this time after that question: the stream is dead. */
  silenceMs: 800,
  /**
   * A node that is there but brings no answers is left for another after this time. When all have been left in vain, the last one
   * gets it once more, doubled each time, up to the high limit.
   */
  stallMs: 1_500,
  stallMsHigh: 6_000,
  /** A node that was left, or could not be reached, is not preferred for so long. */
  avoidMs: 5_000,
  /** The least time between two moves to the leader's node; doubled each time, up to the high limit. */
  leaderMoveMs: 1_000,
  leaderMoveMsHigh: 30_000,
  /** Such a move waits so long for a session that is being opened, and one that is to be opened so long for it. */
  openingMs: 250,
  /** A stream that has lived so long has proved itself. */
  provenMs: 10_000,
  /** A refused request is sent again after this time: doubled up to the high limit, half of it at random. */
  refusedMs: 10,
  refusedMsHigh: 500,
  /** An aborted `lock` call waits so long for its place to be given up. */
  abortMs: 1_000,
  /** Locks waited for are asked about this often, in case that the news was lost. */
  grantQueryMs: 5_000,
  /** `close` lets calls finish for so long. */
  drainMs: 4_000,
  /** Then it waits so long for the session to be closed, or less if no node is connected. */
  closeSessionMs: 1_000,
  closeSessionOfflineMs: 500,
  /** A tick that comes so much later than asked for means that the process did not run. */
  lateMs: 100,
} as const;

export const bounds = {
  /** Calls of one kind that wait to be sent; past it, BUSY. */
  queuedCalls: 16_384,
  queuedBytes: 64 * 1024 * 1024,
  /** Reads without an answer; more wait. */
  readsInFlight: 1_024,
  /** A frame is cut here, so that what is urgent waits for no more than this. */
  frameTargetBytes: 1024 * 1024,
  /** Past either, a watch is given up in the service, and resumed when the consumer has caught up. */
  watchEvents: 4_096,
  watchBytes: 4 * 1024 * 1024,
  /** So many OUT_OF_ORDER for the oldest command: the service counts otherwise, and the session is of no use. */
  outOfOrder: 16,
} as const;
