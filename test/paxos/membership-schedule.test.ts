import { expect, test } from 'vitest';
import { runMembershipSchedule } from './membership-schedule.ts';

// The observer counts the votes of each slot by those who rule it, in ballots that were opened under them.
test('whatever members come and go under faults, all agree, and those that are left serve', () => {
  let changes = 0;
  let wiped = 0;
  const halts = new Set<string>();
  const notices = new Set<string>();
  for (let seed = 1; seed <= 300; seed++) {
    try {
      const outcome = runMembershipSchedule(seed);
      changes += outcome.changes;
      wiped += outcome.wiped;
      for (const { halted, notices: codes } of outcome.harness.machines) {
        if (halted !== undefined) halts.add(halted.code);
        for (const code of codes) notices.add(code);
      }
    } catch (cause) {
      throw new Error(`seed ${seed}: ${String(cause)}`, { cause });
    }
  }
  expect(changes).toBeGreaterThan(300);
  expect(wiped).toBeGreaterThan(50);
  expect(['REMOVED', 'STRANGE_INCARNATION']).toEqual(expect.arrayContaining([...halts]));
  expect(halts).toContain('REMOVED');
  expect([...notices]).toEqual(expect.arrayContaining(['members-changed', 'waits-to-join', 'transfer']));
}, 120_000);
