import { expect, test } from 'vitest';
import { checkExactlyOnce } from '../../../src/testing/checkers/exactly-once.ts';
import type { ReferenceLog } from '../../../src/testing/checkers/reference-log.ts';
import type { Revision } from '../../../src/wire/identifiers.ts';
import { checksOf, put, Scenario } from './scenario.ts';

function written(): { scenario: Scenario; found: (log?: Partial<ReferenceLog>) => string[] } {
  const scenario = new Scenario();
  const session = scenario.openSession();
  scenario.command(session, put('a', '1'));
  scenario.command(session, { kind: 'counterAdd', name: 'n', count: 1 });
  const found = (log: Partial<ReferenceLog> = {}): string[] =>
    checksOf(checkExactlyOnce(scenario.operations, { applied: scenario.model.applied, ...log } as ReferenceLog));
  return { scenario, found };
}

test('each once, also if it was proposed again', () => {
  const { scenario, found } = written();
  const counted = scenario.operations.at(-1);
  if (counted !== undefined) scenario.repeat(counted);
  expect(found()).toEqual([]);
});

test('a repetition that took effect once more', () => {
  const { scenario, found } = written();
  const { applied } = scenario.model;
  expect(found({ applied: [...applied, ...applied.slice(-1)] })).toEqual(['exactly once']);
});

test('an answer to what never took effect', () => {
  const { scenario, found } = written();
  expect(found({ applied: scenario.model.applied.slice(0, -1) })).toEqual(['acknowledged is durable']);
});

test('a failure that took effect, and one that did not', () => {
  const { scenario, found } = written();
  const last = scenario.operations.at(-1);
  if (last !== undefined) last.outcome = { kind: 'notApplied', returnUs: scenario.nowUs, why: 'so it was said' };
  expect(found()).toEqual(['honest failure']);
  expect(found({ applied: scenario.model.applied.slice(0, -1) })).toEqual([]);
});

test('a failure that the service has answered had no effect, although it is in the log', () => {
  const { scenario, found } = written();
  const session = scenario.openSession();
  const { command } = scenario.command(session, { kind: 'compactHistory', revision: 99 as Revision });
  const last = scenario.operations.at(-1);
  expect(command).toBeDefined();
  if (last !== undefined) last.outcome = { kind: 'notApplied', returnUs: scenario.nowUs, why: 'FUTURE_REVISION' };
  expect(found()).toEqual([]);
});

test('an unknown outcome may be either', () => {
  const { scenario, found } = written();
  const last = scenario.operations.at(-1);
  if (last !== undefined) last.outcome = { kind: 'unknown' };
  expect(found()).toEqual([]);
  expect(found({ applied: scenario.model.applied.slice(0, -1) })).toEqual([]);
});
