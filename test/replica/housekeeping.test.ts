import { describe, expect, it } from 'vitest';
import { compactionDue } from '../../src/replica/housekeeping.ts';
import { MachineDriver, put } from './driver.ts';

const megabyte = 'v'.repeat(1024 * 1024);

describe('compactionDue', () => {
  it('asks for nothing while the history is within its bounds', () => {
    const { machine } = new MachineDriver();
    expect(compactionDue(machine)).toBeUndefined();
  });

  it('past 64 MiB wants the oldest sixteenth forgotten, and after that nothing', () => {
    const driver = new MachineDriver();
    for (let count = 0; count < 64; count += 1) driver.apply(put('a', megabyte));
    const { revision } = driver.machine;
    const through = compactionDue(driver.machine);
    // A value takes a little more than its megabyte.
    expect(through).toBe(revision - 59);
    driver.compact(through ?? 0);
    expect(compactionDue(driver.machine)).toBeUndefined();
  });

  it('however far the bound was passed, and wherever in the history the bytes are, one compaction is enough', () => {
    const driver = new MachineDriver();
    for (let count = 0; count < 20; count += 1) driver.apply(put('a', 'small'));
    for (let count = 0; count < 150; count += 1) driver.apply(put('a', megabyte));
    driver.compact(compactionDue(driver.machine) ?? 0);
    const { revisions, bytes } = driver.machine.historySize;
    expect([revisions, Math.floor(bytes / megabyte.length)]).toEqual([59, 59]);
  });

  it('past 100,000 revisions too, though they did nothing to keys', () => {
    const driver = new MachineDriver();
    while (driver.machine.historySize.revisions < 100_000) {
      const commands = Array.from({ length: 1_000 }, () =>
        driver.session.next({ kind: 'counterAdd', name: 'c', count: 1 }),
      );
      // Nothing is acknowledged here: each thousand has a session of its own.
      driver.applyBytes(...commands);
      driver.restartSession();
    }
    expect(compactionDue(driver.machine)).toBeGreaterThan(6_000);
  });

  it('keeps as much as an operator has set', () => {
    const driver = new MachineDriver();
    driver.raiseLevel();
    for (let count = 0; count < 20; count += 1) driver.apply(put('a', 'small'));
    expect(compactionDue(driver.machine)).toBeUndefined();
    driver.setSettings({ historyRevisions: 8 });
    const { revision } = driver.machine;
    expect(compactionDue(driver.machine)).toBe(revision - 7);
    driver.setSettings({ historyRevisions: 0, historyBytes: 4 * 300 });
    expect(compactionDue(driver.machine)).toBe(revision - 4);
  });

  it('under a quota that leaves little room, halves the history until a small part of the quota is enough for it', () => {
    const driver = new MachineDriver();
    driver.raiseLevel();
    for (let count = 0; count < 40; count += 1) driver.apply(put('a', megabyte));
    expect(compactionDue(driver.machine)).toBeUndefined();
    driver.setSettings({ quotaBytes: 100 * megabyte.length });
    expect(compactionDue(driver.machine)).toBeUndefined();
    driver.setSettings({ quotaBytes: 42 * megabyte.length });
    let rounds = 0;
    for (let through = compactionDue(driver.machine); through !== undefined; through = compactionDue(driver.machine)) {
      driver.compact(through);
      rounds += 1;
    }
    const { residentBytes, quotaBytes } = driver.machine.governance;
    expect(rounds).toBeGreaterThan(0);
    expect(rounds).toBeLessThan(8);
    expect(quotaBytes - residentBytes.total).toBeGreaterThan(quotaBytes / 16);
  });
});
