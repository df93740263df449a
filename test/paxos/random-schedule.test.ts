import { expect, test } from 'vitest';
import { originSlot } from '../../src/paxos/record.ts';
import { runSchedule, type ScheduleOptions } from './schedule.ts';

/** The observer of the harness throws as soon as agreement, stability or persist-before-speak is broken. */
function runSchedules(seeds: number, options: ScheduleOptions = {}) {
  let chosen = 0;
  let leaders = 0;
  const notices = new Set<string>();
  for (let seed = 1; seed <= seeds; seed++) {
    try {
      const outcome = runSchedule(seed, options);
      chosen += outcome.chosen;
      leaders += outcome.leaders;
      for (const machine of outcome.harness.machines) for (const code of machine.notices) notices.add(code);
      const logs = outcome.harness.machines.map((machine) => machine.applied.slice(0, outcome.chosen - 1).join());
      expect(new Set(logs).size).toBe(1);
      if (options.origin !== undefined) expect(logs[0]).toMatch(new RegExp(`^${options.origin},`));
    } catch (cause) {
      throw new Error(`seed ${seed}: ${String(cause)}`, { cause });
    }
  }
  return { chosen, leaders, notices };
}

test('no schedule breaks agreement, and every cluster serves again once the faults end', () => {
  const { chosen, leaders, notices } = runSchedules(300);
  // The schedules are worth something: leaders came and went, and much was chosen.
  expect(leaders).toBeGreaterThan(600);
  expect(chosen).toBeGreaterThan(10_000);
  expect([...notices]).toEqual(expect.arrayContaining(['became-leader', 'stepped-down', 'suspended', 'transfer']));
}, 60_000);

test(`nor does one of members that were restored: on slot ${originSlot} nobody ever votes`, () => {
  const { chosen, leaders } = runSchedules(100, { origin: 'the restored state' });
  expect(leaders).toBeGreaterThan(200);
  expect(chosen).toBeGreaterThan(3_000);
}, 60_000);
