import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { Holds } from '../../src/machine/holds.ts';
import { noSession } from '../../src/machine/key-owners.ts';
import { State } from '../../src/machine/state.ts';
import type { Revision } from '../../src/wire/identifiers.ts';

const at = (revision: number) => revision as Revision;

/** One key, whose past is forgotten at once. */
function overwritten() {
  const state = new State(crc32);
  const overwrite = (times: number): void => {
    for (let count = 0; count < times; count++) {
      state.history.advance();
      state.keyspace.commit([{ key: 'k', value: new Uint8Array(300), sessionId: noSession, recreated: false }]);
      state.compact(state.history.revision);
    }
  };
  return { state, overwrite, slots: () => state.keyspace.versions.slots.size.slots };
}

test('a state that is shared most of the time takes no more memory for it', () => {
  const { state, overwrite, slots } = overwritten();
  for (let cycle = 0; cycle < 20; cycle++) {
    const shared = state.share();
    overwrite(900);
    expect(slots()).toBeLessThanOrEqual(3);
    shared.release();
    overwrite(100);
  }
  expect(slots()).toBe(1);
  state.verify();
});

test('nor one that is never not shared, or shared once for long while others come and go', () => {
  const { state, overwrite, slots } = overwritten();
  overwrite(1);
  const longest = state.share();
  for (let cycle = 0; cycle < 100; cycle++) {
    const shared = state.share();
    overwrite(10);
    shared.release();
    expect(slots()).toBeLessThanOrEqual(4);
  }
  longest.release();
  overwrite(10);
  expect(slots()).toBe(1);
});

test('what is freed waits for those who see it, and for nobody else', () => {
  const holds = new Holds<string>();
  const first = holds.begin(at(10));
  expect(holds.defer('made after', at(11))).toBe(false);
  const second = holds.begin(at(20));
  expect(['seen by both', 'seen by the second'].map((id, index) => holds.defer(id, at(10 + index)))).toEqual([
    true,
    true,
  ]);
  const third = holds.begin(at(20));
  holds.end(second);
  expect([...holds.portion()]).toEqual(['seen by the second']);
  holds.end(first);
  expect([...holds.portion()]).toEqual(['seen by both']);
  expect(holds.defer('seen by the third', at(1))).toBe(true);
  expect([holds.count, holds.deferredCount, holds.hasUnseen]).toEqual([1, 1, false]);
  holds.end(third);
  expect([...holds.portion()]).toEqual(['seen by the third']);
  expect([holds.count, holds.deferredCount, holds.hasUnseen]).toEqual([0, 0, false]);
});

test('a hold ends once', () => {
  const holds = new Holds<string>();
  const hold = holds.begin(at(1));
  holds.end(hold);
  expect(() => holds.end(hold)).toThrow('held');
});
