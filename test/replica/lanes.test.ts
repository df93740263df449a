import { expect, it } from 'vitest';
import { laneOf } from '../../src/replica/lanes.ts';

it('only what carries values takes the bulk lane: nothing that keeps a leader or a session waits behind it', () => {
  const bulk = Object.entries(laneOf).filter(([, lane]) => lane === 'bulk');
  expect(bulk.map(([type]) => type)).toEqual(['promise', 'accept', 'learn', 'forward', 'chunk']);
});
