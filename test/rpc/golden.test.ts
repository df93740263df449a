import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type Conversation, inJson } from '../../scripts/golden/conversation.ts';
import { decodePeerFrame, encodePeerFrame, peerProtocol } from '../../src/rpc/peer-codec.ts';
import { byType } from './peer-messages.ts';

const file = new URL(`../golden/conversation-of-protocol-${peerProtocol}.json`, import.meta.url);
const { protocol, frames } = JSON.parse(readFileSync(fileURLToPath(file), 'utf8')) as Conversation;

describe('a conversation that was recorded', () => {
  test('is of this protocol, and has messages of every kind', () => {
    expect(protocol).toBe(peerProtocol);
    const recorded = new Set<string>(frames.map(({ type }) => type));
    expect(Object.keys(byType).filter((kind) => !recorded.has(kind))).toEqual([]);
  });

  test.each(frames.map((frame, at) => [`${at}: ${frame.type} from ${frame.from}`, frame] as const))(
    'means what it meant: %s',
    (_, { hex, decoded }) => {
      // What has been added since has a default, and may be more than was recorded.
      expect(inJson(decodePeerFrame(Buffer.from(hex, 'hex')))).toMatchObject(decoded as object);
    },
  );

  test('is said in the same bytes today, as far as it says all that is said today', () => {
    const same = frames.filter(({ hex }) => {
      const bytes = encodePeerFrame(decodePeerFrame(Buffer.from(hex, 'hex')));
      return Buffer.from(bytes).toString('hex') === hex;
    });
    expect(same.length).toBe(frames.length);
  });
});
