import { describe, expect, test } from 'vitest';
import {
  decodeClientFrame,
  decodeServerFrame,
  encodeClientFrame,
  encodeServerFrame,
} from '../../src/wire/frame-codec.ts';
import { Writer } from '../../src/wire/protobuf.ts';
import { clientFrame, serverFrame } from './arbitraries.ts';
import { testCodec } from './codec-laws.ts';

describe('client frames', () => {
  testCodec({ message: 'ClientFrame', values: clientFrame, encode: encodeClientFrame, decode: decodeClientFrame });

  test('an empty frame says nothing', () => {
    expect(decodeClientFrame(new Uint8Array(0))).toEqual({
      hello: undefined,
      operations: [],
      keepAlives: [],
      watchCreates: [],
      watchCancels: [],
      grantQueries: [],
    });
  });

  test('operations are slices of the frame', () => {
    const operations = [new Uint8Array(100), new Uint8Array(200)];
    const bytes = encodeClientFrame({ ...decodeClientFrame(new Uint8Array(0)), operations });
    expect(decodeClientFrame(bytes).operations.map(({ buffer }) => buffer)).toEqual([bytes.buffer, bytes.buffer]);
  });

  test('numbers that are not packed are understood too', () => {
    const writer = new Writer();
    writer.uint(5, 300);
    writer.packedUints(5, [1, 2]);
    expect(decodeClientFrame(writer.finish()).watchCancels).toEqual([300, 1, 2]);
  });
});

describe('server frames', () => {
  testCodec({ message: 'ServerFrame', values: serverFrame, encode: encodeServerFrame, decode: decodeServerFrame });

  test('that there is no leader is not the same as no news of the leader', () => {
    const silent = decodeServerFrame(new Uint8Array(0));
    const leader = { nodeId: '', address: '' } as const;
    expect(silent.leader).toBeUndefined();
    expect(decodeServerFrame(encodeServerFrame({ ...silent, leader })).leader).toEqual(leader);
  });
});
