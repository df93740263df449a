import { expect, test } from 'vitest';
import { AssertionFailure, assert } from '../../src/wire/assert.ts';

test('a broken invariant throws what the shell stops the node for', () => {
  expect(() => assert(false, 'slots ascend')).toThrow(AssertionFailure);
  expect(() => assert(false, 'slots ascend')).toThrow('slots ascend');
  expect(() => assert(true, 'slots ascend')).not.toThrow();
});
