import { expect, test } from 'vitest';
import { runSchedule } from './schedule.ts';

// The observer of the harness throws as soon as agreement, stability or persist-before-speak is broken.
test('no schedule breaks agreement, and every cluster serves again once the faults end', () => {
  let chosen = 0;
  let leaders = 0;
  const notices = new Set<string>();
  for (let seed = 1; seed <= 300; seed++) {
    try {
      const outcome = runSchedule(seed);
      chosen += outcome.chosen;
      leaders += outcome.leaders;
      for (const machine of outcome.harness.machines) for (const code of machine.notices) notices.add(code);
      const logs = outcome.harness.machines.map((machine) => machine.applied.slice(0, outcome.chosen - 1).join());
      expect(new Set(logs).size).toBe(1);
    } catch (cause) {
      throw new Error(`seed ${seed}: ${String(cause)}`, { cause });
    }
  }
  // The schedules are worth something: leaders came and went, and much was chosen.
  expect(leaders).toBeGreaterThan(600);
  expect(chosen).toBeGreaterThan(10_000);
  expect([...notices]).toEqual(expect.arrayContaining(['became-leader', 'stepped-down', 'suspended', 'transfer']));
}, 60_000);
