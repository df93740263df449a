import { formatBallot } from '../../wire/ballot.ts';
import type { Operation, OperationBody } from '../../wire/operation.ts';
import { formatDuration } from '../duration.ts';
import { bytesJson } from '../entry-json.ts';
import { formatSize } from '../size.ts';

/** Whoever has it can take the session over. */
const hiddenField = 'secret';

/** An operation as it stands in the log, as programs are told; without the secrets of sessions. */
export function operationJson({ command, body }: Operation): Record<string, unknown> {
  const { kind, ...fields } = body;
  const origin =
    command === undefined
      ? { session: null, generation: null, sequence: null }
      : { session: String(command.sessionId), generation: command.generation, sequence: command.sequence };
  return { kind, ...origin, ...fieldsJson(fields) };
}

function fieldsJson(fields: object): Record<string, unknown> {
  const told: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields) as [string, unknown][]) {
    if (name === hiddenField || value === undefined) continue;
    if (value instanceof Uint8Array) Object.assign(told, bytesJson(name, value));
    else told[name] = valueJson(value);
  }
  return told;
}

function valueJson(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return value.map(valueJson);
  return typeof value === 'object' && value !== null ? fieldsJson(value) : value;
}

/** `put a (12 B)`: what is asked for, without values. */
export function operationText(body: OperationBody): string {
  const words = wordsOf(body);
  return words === '' ? body.kind : `${body.kind} ${words}`;
}

function wordsOf(body: OperationBody): string {
  switch (body.kind) {
    case 'put':
      return `${text(body.key)} (${formatSize(body.value.length)})${body.ephemeral ? ' ephemeral' : ''}`;
    case 'createSequential':
      return `${text(body.prefix)} (${formatSize(body.value.length)})${body.ephemeral ? ' ephemeral' : ''}`;
    case 'delete':
    case 'get':
      return text(body.key);
    case 'transaction':
      return `if ${body.if.length} conditions, then ${body.then.length} operations, else ${body.else.length}`;
    case 'openSession':
      return `${body.name === '' ? '' : `${body.name} `}(TTL ${formatDuration(body.ttlMs)})`;
    case 'resumeSession':
    case 'closeOtherSession':
    case 'expireSession':
    case 'sessionGet':
      return String(body.sessionId);
    case 'lockAcquire':
      return (
        [body.name, ...(body.terms?.otherNames ?? [])].join(' ') +
        (body.terms === undefined ? '' : ` ${body.terms.mode}`)
      );
    case 'lockForceRelease':
      return `${body.name} token ${body.token}`;
    case 'lockCancel':
    case 'lockRelease':
    case 'lockSetNote':
    case 'lockGet':
    case 'lockInspect':
    case 'endLockDelay':
    case 'counterGet':
      return body.name;
    case 'counterAdd':
      return `${body.name} ${body.count}`;
    case 'counterCompareAndSet':
      return `${body.name} from ${body.expected} to ${body.value}`;
    case 'compact':
    case 'compactHistory':
      return `through revision ${body.revision}`;
    case 'openBallot':
      return formatBallot(body.ballot);
    case 'raiseFeatureLevel':
      return `to ${body.level}`;
    case 'closeSession':
    case 'changeSettings':
    case 'range':
    case 'count':
    case 'sessionList':
      return '';
  }
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
