import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RevisionMerge } from '../../../src/cli/observe/revision-merge.ts';

test('a revision waits until every source has told everything up to it', () => {
  const merge = new RevisionMerge<string>(2, 10);
  merge.add(0, 11, ['a']);
  expect([merge.take(), merge.size]).toEqual([[], 1]);
  merge.add(1, 10, []);
  expect(merge.take()).toEqual([]);
  merge.add(1, 12, ['b']);
  expect(merge.take()).toMatchObject([{ revision: 11, events: ['a'] }]);
  merge.add(0, 12, []);
  expect([merge.take(), merge.size]).toMatchObject([[{ revision: 12, events: ['b'] }], 0]);
});

test('one that nobody adds to comes at once, if all have told everything before', () => {
  const merge = new RevisionMerge<string>(1, 1);
  merge.add(0, 1, ['a']);
  expect(merge.take()).toMatchObject([{ revision: 1 }]);
});

test('however the sources alternate, all events come, in the order of revisions and then of sources', () => {
  const step = fc.record({ source: fc.nat(2), silent: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const merge = new RevisionMerge<string>(3, 1);
      const next = [1, 1, 1];
      const [added, taken]: [string[], string[]] = [[], []];
      const take = (): void => {
        for (const { events } of merge.take()) taken.push(...events);
      };
      for (const { source, silent } of steps) {
        const revision = next[source] ?? 1;
        next[source] = revision + 1;
        const event = `${String(revision).padStart(3, '0')} ${source}`;
        if (!silent) added.push(event);
        merge.add(source, revision, silent ? [] : [event]);
        take();
      }
      for (const source of [0, 1, 2]) merge.add(source, 1_000, []);
      take();
      expect(taken).toEqual(added.sort());
    }),
  );
});
