import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Assignment, assignPartitions } from '../../src/recipes/partition-assignment.ts';

const anyMembers = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'), { minLength: 1 });
const anyCount = fc.integer({ min: 1, max: 40 });

function counts(assignment: Assignment, members: readonly string[]): readonly number[] {
  return members.map((member) => assignment.filter((owner) => owner === member).length);
}

describe('the assignment of partitions', () => {
  test('gives every partition to a member, and each as many as the others, give or take one', () => {
    fc.assert(
      fc.property(anyMembers, anyMembers, anyCount, (before, members, count) => {
        const assignment = assignPartitions(assignPartitions([], before, count), members, count);
        const owned = counts(assignment, members);
        expect(owned.reduce((sum, one) => sum + one, 0)).toBe(count);
        expect(Math.max(...owned) - Math.min(...owned)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('moves no more than it must: from those who have left, and what the others had too much', () => {
    fc.assert(
      fc.property(anyMembers, anyMembers, anyCount, (before, members, count) => {
        const previous = assignPartitions([], before, count);
        const moved = assignPartitions(previous, members, count).filter(
          (owner, index) => owner !== previous[index],
        ).length;
        // Whoever stays keeps what it had, up to its share; one more for as many as there is one more for.
        const least = Math.floor(count / members.length);
        const had = counts(previous, members);
        const withOneMore = Math.min(count % members.length, had.filter((owned) => owned > least).length);
        const kept = had.reduce((sum, owned) => sum + Math.min(owned, least), withOneMore);
        expect(moved).toBe(count - kept);
      }),
    );
  });

  test('is settled: of the same members it makes the same', () => {
    fc.assert(
      fc.property(anyMembers, anyMembers, anyCount, (before, members, count) => {
        const settled = assignPartitions(assignPartitions([], before, count), members, count);
        expect(assignPartitions(settled, members, count)).toEqual(settled);
      }),
    );
  });

  test('is empty without members', () => {
    expect(assignPartitions(['a', 'a'], [], 2)).toEqual([undefined, undefined]);
  });
});
