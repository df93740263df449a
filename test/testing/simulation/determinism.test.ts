import { expect, test } from 'vitest';
import { checkRepeatable, determinismInvariant, firstDifference } from '../../../src/testing/simulation/determinism.ts';
import { withoutNondeterminism } from '../../../src/testing/simulation/determinism-guard.ts';
import { runSimulation } from '../../../src/testing/simulation/run-simulation.ts';
import { impure, unrepeatable } from './broken-replicas.ts';

test('equal runs are found equal', () => {
  const once = runSimulation(1, { eventHashes: true });
  expect(once.eventHashes).toHaveLength(once.events);
  expect(checkRepeatable(once)).toBeUndefined();
});

test('the first event is named at which two runs part', () => {
  const options = { createReplica: unrepeatable() };
  const once = runSimulation(1, { ...options, eventHashes: true });
  const violation = checkRepeatable(once, options);
  expect(violation?.invariant).toBe(determinismInvariant);
  expect(violation?.detail).toMatch(/^the runs part at event \d+; first +[\d.]+ ms .+, then +[\d.]+ ms /);
});

test('the first difference is where the hashes part, or one list ends', () => {
  const report = runSimulation(2, { eventHashes: true });
  const hashes = [...report.eventHashes!];
  expect(firstDifference(report, report)).toBeUndefined();
  const changed = hashes.map((hash, at) => (at === 1_234 ? hash + 1 : hash));
  expect(firstDifference(report, { ...report, eventHashes: changed })).toBe(1_234);
  expect(firstDifference(report, { ...report, eventHashes: hashes.slice(0, 99) })).toBe(99);
});

test('code that looks at the process is found out at once', () => {
  const { violation } = runSimulation(1, { createReplica: impure });
  expect(violation?.invariant).toBe('no assertion fails');
  expect(violation?.detail).toContain('Date.now in a simulated world');
});

test.each<[string, () => unknown]>([
  ['Date.now', () => Date.now()],
  ['new Date()', () => new Date()],
  ['Math.random', () => Math.random()],
  ['performance.now', () => performance.now()],
  ['process.hrtime', () => process.hrtime()],
  ['process.hrtime', () => process.hrtime.bigint()],
  ['crypto.randomUUID', () => crypto.randomUUID()],
  ['crypto.getRandomValues', () => crypto.getRandomValues(new Uint8Array(1))],
  ['setTimeout', () => clearTimeout(setTimeout(() => {}, 0))],
  ['setInterval', () => clearInterval(setInterval(() => {}, 0))],
  ['setImmediate', () => clearImmediate(setImmediate(() => {}))],
  ['queueMicrotask', () => queueMicrotask(() => {})],
])('%s throws inside, and works again outside', (name, use) => {
  expect(() => withoutNondeterminism(use)).toThrow(`${name} in a simulated world`);
  expect(use).not.toThrow();
});

test('a date of a given time is harmless', () => {
  const date = withoutNondeterminism(() => new Date(0));
  expect(date.toISOString()).toBe('1970-01-01T00:00:00.000Z');
  expect(date).toBeInstanceOf(Date);
});
