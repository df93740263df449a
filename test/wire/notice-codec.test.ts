import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeWatchNotice, encodeNoticeBody, encodeWatchNotice, joinNotice } from '../../src/wire/notice-codec.ts';
import { Writer } from '../../src/wire/protobuf.ts';
import { watchNotice } from './arbitraries.ts';
import { hex, testCodec } from './codec-laws.ts';

testCodec({ message: 'WatchNotice', values: watchNotice, encode: encodeWatchNotice, decode: decodeWatchNotice });

test('a body that was encoded once makes the notice of every connection', () => {
  fc.assert(
    fc.property(watchNotice, (notice) => {
      const joined = joinNotice(notice.watchIds, encodeNoticeBody(notice.notice));
      expect(hex(joined)).toBe(hex(encodeWatchNotice(notice)));
    }),
  );
});

test('a put without its entry is malformed', () => {
  const writer = new Writer();
  const batch = writer.begin(3);
  writer.end(writer.begin(2));
  writer.end(batch);
  expect(() => decodeWatchNotice(writer.finish())).toThrow('without its entry');
});

test('a notice that this version does not know is told apart', () => {
  const writer = new Writer();
  writer.end(writer.begin(6));
  expect(() => decodeWatchNotice(writer.finish())).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
});

test('a watch that ended without a cause ended by a fault of the service', () => {
  const writer = new Writer();
  writer.end(writer.begin(5));
  expect(decodeWatchNotice(writer.finish()).notice).toMatchObject({ kind: 'ended', error: { code: 'INTERNAL' } });
});
