import type { CommandBody, InternalBody, OpenSession, OperationBody, ReadBody, ResumeSession } from './operation.ts';

type Kind = OperationBody['kind'];

const classes: {
  readonly [K in Kind]: K extends CommandBody['kind'] ? 'command' : K extends ReadBody['kind'] ? 'read' : 'internal';
} = {
  openSession: 'command',
  closeSession: 'command',
  closeOtherSession: 'command',
  resumeSession: 'command',
  put: 'command',
  delete: 'command',
  transaction: 'command',
  lockAcquire: 'command',
  lockCancel: 'command',
  lockRelease: 'command',
  lockForceRelease: 'command',
  lockSetNote: 'command',
  counterAdd: 'command',
  counterCompareAndSet: 'command',
  createSequential: 'command',
  compactHistory: 'command',
  get: 'read',
  range: 'read',
  count: 'read',
  counterGet: 'read',
  lockGet: 'read',
  lockInspect: 'read',
  sessionList: 'read',
  sessionGet: 'read',
  expireSession: 'internal',
  compact: 'internal',
  openBallot: 'internal',
  endLockDelay: 'internal',
  changeSettings: 'internal',
  raiseFeatureLevel: 'internal',
};

/** Changes the state, and goes through the log for a client. */
export function isCommandBody(body: OperationBody): body is CommandBody {
  return classes[body.kind] === 'command';
}

/** Makes the session, or the generation, that later commands are numbered in: it has no number itself, but a nonce. */
export function isSessionStart(body: OperationBody): body is OpenSession | ResumeSession {
  return body.kind === 'openSession' || body.kind === 'resumeSession';
}

/** Changes nothing, and may be repeated. */
export function isReadBody(body: OperationBody): body is ReadBody {
  return classes[body.kind] === 'read';
}

/** Proposed by the leader alone. */
export function isInternalBody(body: OperationBody): body is InternalBody {
  return classes[body.kind] === 'internal';
}
