import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isCommandBody, isInternalBody, isReadBody } from '../../src/wire/operation-kind.ts';
import { commandBody, internalBody, readBody } from './arbitraries.ts';

test.each([
  ['commands', commandBody, [true, false, false]],
  ['reads', readBody, [false, true, false]],
  ['what the leader proposes', internalBody, [false, false, true]],
] as const)('%s are of one kind only', (_name, bodies, expected) => {
  fc.assert(
    fc.property(bodies, (body) => {
      expect([isCommandBody(body), isReadBody(body), isInternalBody(body)]).toEqual(expected);
    }),
  );
});
