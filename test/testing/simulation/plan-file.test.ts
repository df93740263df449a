import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatPlanFile, InvalidPlanFile, parsePlanFile } from '../../../src/testing/simulation/plan-file.ts';
import { drawPlan, largestSeed } from '../../../src/testing/simulation/run-plan.ts';

const product = '1.2.3';

test('every plan comes back from its file as it was', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: largestSeed }), (seed) => {
      const plan = drawPlan(seed);
      const file = { product, shows: 'a "bug"', mutant: undefined, violates: 'agreement', plan };
      expect(parsePlanFile(formatPlanFile(file))).toEqual(file);
    }),
    { numRuns: 50 },
  );
  const empty = { ...drawPlan(1), faults: [], calls: [] };
  expect(parsePlanFile(formatPlanFile({ product, plan: empty })).plan).toEqual(empty);
});

test('what is no plan is refused, with every reason', () => {
  const good = JSON.parse(formatPlanFile({ product, plan: drawPlan(1) })) as Record<string, unknown>;
  const plan = good['plan'] as Record<string, unknown>;
  const config = plan['config'] as Record<string, unknown>;
  const why = (file: unknown): string => {
    try {
      parsePlanFile(typeof file === 'string' ? file : JSON.stringify(file));
    } catch (error) {
      if (error instanceof InvalidPlanFile) return error.message;
      throw error;
    }
    return 'taken';
  };
  expect(why(good)).toBe('taken');
  expect(why('{')).toMatch(/^not JSON: /);
  expect(why({})).toMatch(/"format" is not "conclave simulation plan"/);
  expect(why({ ...good, version: 2 })).toMatch(/only version 1/);
  expect(why({ ...good, extra: 1 })).toMatch(/extra/);
  const wrong = { ...config, nodes: 4, dropRate: 2 };
  const reasons = why({ ...good, plan: { ...plan, config: wrong, faults: [{ atMs: 1, kind: 'flood', draw: 1 }] } });
  expect(reasons).toMatch(/plan\.config\.nodes: /);
  expect(reasons).toMatch(/plan\.config\.dropRate: /);
  expect(reasons).toMatch(/plan\.faults\.0\.kind: /);
});
