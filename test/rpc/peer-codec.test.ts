import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadProto } from '../../scripts/generate-descriptor.ts';
import { type Configuration, standings } from '../../src/paxos/record.ts';
import type { PeerMessage } from '../../src/replica/messages.ts';
import { decodePeerFrame, encodePeerFrame, type PeerHello } from '../../src/rpc/peer-codec.ts';
import type { NodeId } from '../../src/wire/identifiers.ts';
import { WireFormatError } from '../../src/wire/protobuf.ts';
import { anyPeerMessage } from './peer-messages.ts';

const PeerFrame = loadProto().lookupType('conclave.v1.PeerFrame');

const hello: PeerHello = {
  clusterId: 'c',
  nodeId: 'n1' as NodeId,
  incarnation: 'i',
  lane: 'bulk',
  toNodeId: 'n2' as NodeId,
};

/** What protobufjs reads, with every field present, in the shape of our types. */
function asProtobufjsReads(frame: Uint8Array): unknown {
  const object = PeerFrame.toObject(PeerFrame.decode(frame), { longs: Number, defaults: true, arrays: true });
  return plain(object['messages']);
}

/** Our message in the shape of the schema. */
function inSchemaShape(message: PeerMessage): unknown {
  const { type, ...fields } = message;
  if (message.type === 'checkpointOffer') return { [type]: { ...fields, checkpoint: message.checkpoint ?? null } };
  if (message.type === 'heartbeat') return { [type]: { ...fields, dispute: message.dispute ?? null } };
  if (message.type === 'chunk') return { [type]: { ...fields, bytes: message.bytes ?? new Uint8Array() } };
  if (message.type === 'greeting') {
    const configuration = configurationInSchemaShape(message.configuration);
    return { [type]: { ...fields, origin: message.origin ?? '', configuration } };
  }
  if (message.type === 'genesis') {
    const { genesis } = message;
    const configuration = configurationInSchemaShape(message.configuration);
    return { [type]: { ...fields, genesis: { ...genesis, origin: genesis.origin ?? '' }, configuration } };
  }
  if (message.type !== 'greetingAnswer') return { [type]: fields };
  const { verdict, seen, configuration, ...rest } = message;
  const { kind, ...content } = verdict;
  return {
    greetingAnswer: {
      ...withoutType(rest),
      [kind]: content,
      seen: seen ?? null,
      configuration: configurationInSchemaShape(configuration),
    },
  };
}

function configurationInSchemaShape(configuration: Configuration | undefined): unknown {
  if (configuration === undefined) return null;
  const members = configuration.members.map((member) => ({ ...member, standing: standings.indexOf(member.standing) }));
  return { ...configuration, members };
}

function withoutType({ type: _, ...fields }: { readonly type: string }): object {
  return fields;
}

/** Both sides have bytes in types of their own. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, plain(part)]));
}

describe('every kind of message', () => {
  test('comes back as it was', () => {
    fc.assert(
      fc.property(fc.array(anyPeerMessage, { maxLength: 5 }), (messages) => {
        const decoded = decodePeerFrame(encodePeerFrame({ hello: undefined, messages }));
        expect(decoded).toEqual({ hello: undefined, messages });
      }),
      { numRuns: 400 },
    );
  });

  test('means to another implementation of the schema what it means to us, byte for byte', () => {
    fc.assert(
      fc.property(anyPeerMessage, (message) => {
        const frame = encodePeerFrame({ hello, messages: [message] });
        expect(Buffer.from(PeerFrame.encode(PeerFrame.decode(frame)).finish()).equals(frame)).toBe(true);
        expect(asProtobufjsReads(frame)).toEqual([plain(inSchemaShape(message))]);
      }),
      { numRuns: 400 },
    );
  });
});

test('the hello comes back as it was', () => {
  const frame = encodePeerFrame({ hello, messages: [] });
  expect(decodePeerFrame(frame)).toEqual({ hello, messages: [] });
  const read = PeerFrame.toObject(PeerFrame.decode(frame), { enums: String });
  expect(read['hello']).toEqual({ ...hello, lane: 'BULK', protocol: 1 });
});

test('a hello in another protocol is refused with both numbers, whatever else it says', () => {
  const written = PeerFrame.encode({ hello: { ...hello, lane: 7, protocol: 2 } }).finish();
  const decode = () => decodePeerFrame(written);
  expect(decode).toThrow(`${hello.nodeId} speaks peer protocol 2, not 1`);
  expect(decode).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
  const silent = PeerFrame.encode({ hello: { ...hello, lane: 1 } }).finish();
  expect(decodePeerFrame(silent).hello).toEqual(hello);
});

test('damaged bytes are refused or read, never worse', () => {
  fc.assert(
    fc.property(anyPeerMessage, fc.nat(), fc.nat(255), (message, where, byte) => {
      const frame = encodePeerFrame({ hello: undefined, messages: [message] });
      frame[where % frame.length] = byte;
      const attempt = fc.sample(fc.nat(frame.length), { numRuns: 1, seed: where })[0];
      for (const bytes of [frame, frame.subarray(0, attempt)]) {
        try {
          decodePeerFrame(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(WireFormatError);
        }
      }
    }),
    { numRuns: 500 },
  );
});

test('a message of a kind from the future is passed over', () => {
  const unknown = Uint8Array.of(0x12, 0x04, 0xfa, 0x3e, 0x01, 0x00); // field 2, holding field 1007 of one byte
  const known = encodePeerFrame({ hello: undefined, messages: [{ type: 'readPoint', id: 7 }] });
  const decoded = decodePeerFrame(Buffer.concat([unknown, known]));
  expect(decoded.messages).toEqual([{ type: 'readPoint', id: 7 }]);
});
