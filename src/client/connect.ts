import { randomBytes } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import { isWellFormed, utf8Length } from '../wire/bytes.ts';
import { limits } from '../wire/limits.ts';
import { metadataError } from '../wire/session-arguments.ts';
import type { SessionMetadata } from '../wire/session-info.ts';
import { callLimits, kindOf, nameOf, optionsObject, wholeNumber } from './arguments.ts';
import { ConclaveClient } from './conclave-client.ts';
import type { Seed } from './core/random.ts';
import type { ClientSettings } from './core/settings.ts';
import { Driver } from './driver.ts';
import { invalidArgument } from './error.ts';
import { credentialsOf } from './session-credentials.ts';
import type { Client, ConnectOptions } from './types.ts';

const localEndpoints = ['127.0.0.1:7101', '127.0.0.1:7102', '127.0.0.1:7103'];
const defaultTtlMs = 10_000;
/** About what a fail-over takes: a session with less is lost at every one. */
const shortTtlMs = 1_000;

/**
 * Resolves when a node has said welcome. Rejects with UNAVAILABLE if none does in `timeoutMs` (5,000 by default); the error's
 * `endpoints` tell why not, one by one.
 * With `session.resume` it resolves when that session has been taken over, and rejects if it cannot be.
 *
 * An open client keeps the process alive, until it is closed.
 */
export async function connect(options?: ConnectOptions): Promise<Client> {
  const settings = settingsOf(options);
  const waiting = callLimits(options);
  warnOfShortTtl(settings.sessionTtlMs);
  const driver = new Driver(settings);
  try {
    const { resumedLocks } = await driver.call<'connected'>({ kind: 'connect' }, waiting);
    return new ConclaveClient(driver, resumedLocks);
  } catch (error) {
    await driver.close();
    throw error;
  }
}

function settingsOf(options: ConnectOptions | undefined): ClientSettings {
  const { endpoints, session } = optionsObject(options);
  const { ttlMs, name, metadata, resume, onResumeFailure, onExpiry } = optionsObject(session);
  if (onExpiry !== undefined && onExpiry !== 'reopen' && onExpiry !== 'close') {
    throw invalidArgument(`onExpiry is 'reopen' or 'close', not ${String(onExpiry)}`);
  }
  if (onResumeFailure !== undefined && onResumeFailure !== 'reject' && onResumeFailure !== 'reopen') {
    throw invalidArgument(`onResumeFailure is 'reject' or 'reopen', not ${String(onResumeFailure)}`);
  }
  const { sessionTtlMsLow, sessionTtlMsHigh } = limits;
  return {
    endpoints: endpointsOf(endpoints ?? endpointsFromEnvironment() ?? localEndpoints),
    clientName: `${path.basename(process.argv[1] ?? process.title)} ${process.pid}@${os.hostname()}`,
    sessionTtlMs: wholeNumber(ttlMs ?? defaultTtlMs, 'ttlMs', sessionTtlMsLow, sessionTtlMsHigh),
    sessionName: sessionNameOf(name ?? ''),
    sessionMetadata: metadataOf(metadata),
    sessionSecret: new Uint8Array(randomBytes(limits.sessionSecretBytes)),
    resume: resume === undefined ? undefined : credentialsOf(resume),
    onResumeFailure: onResumeFailure ?? 'reject',
    onExpiry: onExpiry ?? 'reopen',
    seed: randomSeed(),
  };
}

function sessionNameOf(name: unknown): string {
  const text = nameOf(name, 'the name of a session');
  if (isWellFormed(text) && utf8Length(text) <= limits.nameBytes) return text;
  throw invalidArgument(`the name of a session is Unicode text of at most ${limits.nameBytes} bytes`);
}

function metadataOf(metadata: unknown): readonly SessionMetadata[] {
  if (metadata === undefined) return [];
  // A map, or whatever has a class, would be empty without a word.
  if (typeof metadata !== 'object' || metadata === null || !isPlainObject(metadata)) {
    throw invalidArgument(`metadata is a plain object with strings, not ${kindOf(metadata)}`);
  }
  const entries = Object.entries(metadata).map(([name, value]) => ({
    name,
    value: nameOf(value, `metadata.${name}`),
  }));
  const error = metadataError(entries);
  if (error !== undefined) throw invalidArgument(error.message);
  return entries;
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function endpointsFromEnvironment(): readonly string[] | undefined {
  const text = process.env['CONCLAVE_ENDPOINTS'];
  if (text === undefined || text.trim() === '') return undefined;
  return text.split(',').map((endpoint) => endpoint.trim());
}

function endpointsOf(endpoints: unknown): readonly string[] {
  if (!Array.isArray(endpoints)) throw invalidArgument(`endpoints are an array, not ${kindOf(endpoints)}`);
  if (endpoints.length === 0) throw invalidArgument('there is no endpoint');
  for (const endpoint of endpoints) {
    const match = typeof endpoint === 'string' ? endpointForm.exec(endpoint) : null;
    const port = Number(match?.[1]);
    if (match === null || port < 1 || port > 65_535) {
      throw invalidArgument(`an endpoint is HOST:PORT, such as 127.0.0.1:7101, not ${String(endpoint)}`);
    }
  }
  return [...new Set(endpoints as readonly string[])];
}

/** An IPv6 address stands in brackets. */
const endpointForm = /^(?:\[[0-9a-f:.%]+\]|[^\s:[\]/]+):(\d{1,5})$/i;

let warned = false;

function warnOfShortTtl(ttlMs: number): void {
  if (ttlMs >= shortTtlMs || warned) return;
  warned = true;
  process.emitWarning(
    `A session of ${ttlMs} ms does not outlive a fail-over of the service, which takes about ${shortTtlMs} ms.`,
    { type: 'ConclaveWarning', code: 'CONCLAVE_SHORT_TTL' },
  );
}

function randomSeed(): Seed {
  const bytes = randomBytes(16);
  return [bytes.readUInt32LE(0), bytes.readUInt32LE(4), bytes.readUInt32LE(8), bytes.readUInt32LE(12)];
}
