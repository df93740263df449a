import type { ClientSettings } from '../../../client/core/settings.ts';
import { type StoredSession, secretFrom } from './client-actor.ts';
import type { ProgramPlace } from './program.ts';

/** What a simulated program tells the SDK. `former`: the session of the program whose place it takes. */
export function sdkSettings({ name, host, stream }: ProgramPlace, former: StoredSession | undefined): ClientSettings {
  return {
    endpoints: host.nodes.map(({ nodeId }) => `${nodeId}:7101`),
    clientName: name,
    sessionTtlMs: stream.between(...host.config.sessionTtlMs),
    sessionName: name,
    sessionMetadata: [{ name: 'program', value: name }],
    sessionSecret: secretFrom(stream),
    resume: former,
    onResumeFailure: stream.pick(['reject', 'reopen']),
    onExpiry: 'reopen',
    seed: [stream.next32(), stream.next32(), stream.next32(), stream.next32()],
  };
}
