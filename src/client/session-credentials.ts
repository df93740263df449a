import type { SessionId } from '../wire/identifiers.ts';
import { limits } from '../wire/limits.ts';
import { kindOf } from './arguments.ts';
import type { SessionCredentials } from './core/session-credentials.ts';
import { invalidArgument } from './error.ts';

const form = /^([1-9]\d{0,15})\.([1-9]\d{0,9})\.([0-9a-f]*)$/;
const uint32High = 2 ** 32 - 1;

/** What a program stores of its session, in order to resume it. Opaque: its form may change. */
export function credentialsText({ sessionId, generation, secret }: SessionCredentials): string {
  return `${sessionId}.${generation}.${Buffer.from(secret).toString('hex')}`;
}

/** Throws INVALID_ARGUMENT. The text is not repeated in the error: it is a secret. */
export function credentialsOf(text: unknown): SessionCredentials {
  if (typeof text !== 'string') throw invalidArgument(`resume is a string, not ${kindOf(text)}`);
  const [, id, generation, secret = ''] = form.exec(text) ?? [];
  const credentials = {
    sessionId: Number(id) as SessionId,
    generation: Number(generation),
    secret: new Uint8Array(Buffer.from(secret, 'hex')),
  };
  const isWhole =
    Number.isSafeInteger(credentials.sessionId) &&
    credentials.generation < uint32High &&
    secret.length === 2 * limits.sessionSecretBytes;
  if (!isWhole) throw invalidArgument('resume is what client.session.credentials was, which this is not');
  return credentials;
}
