import { expect, test } from 'vitest';
import { type Claimed, environmentOf } from '../../src/cli/lock/claim.ts';
import { eventEnvironment } from '../../src/cli/watch/event-command.ts';
import type { WatchEvent } from '../../src/client/index.ts';
import { resolveConfig } from '../../src/server/config.ts';

const flags = {
  id: 'n1',
  dataDir: '/data',
  listen: '127.0.0.1:7101',
  http: '127.0.0.1:7181',
  initial: 'n1=127.0.0.1:7101',
};

const held = {} as Claimed['held'];
const text = { type: 'put', key: 'a' } as unknown as WatchEvent;
const noText = { type: 'put', key: '\ufffd', entry: { keyBytes: Uint8Array.of(0xff) } } as unknown as WatchEvent;

test.each([
  ['under a lock', environmentOf({ held, proof: { token: 3 } })],
  ['under a permit', environmentOf({ held, proof: { permit: 7 } })],
  ['for a change', eventEnvironment(5, text)],
  ['for a change of a key that is no text', eventEnvironment(5, noText)],
])('a command that is run %s may be a node: what it finds in its environment is no setting', (_, environment) => {
  expect(Object.keys(environment)).not.toEqual([]);
  expect(resolveConfig({ flags, environment }).id).toBe('n1');
});
