import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { servers } from '../../scripts/distribution/balancer-table.ts';
import { strategies } from '../../src/recipes/load-balancing.ts';
import { projectRoot, section } from './readme.ts';

interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** With fewer keys and requests than for the README: what differs is chance. */
const args = ['--import', 'tsx', 'scripts/distribution.ts', '--keys', '20000', '--requests', '5000'];
let printed: readonly Table[];

beforeAll(async () => {
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: projectRoot });
  printed = stdout.split('\n\n').map(tableOf);
}, 30_000);

function tableOf(text: string): Table {
  const [header = [], , ...rows] = text
    .trim()
    .split('\n')
    .map((line) => line.slice(2, -2).split(' | '));
  return { header, rows };
}

const numberIn = (cell = '') => Number(/^(\d+(?:\.\d)?)(?: %)?$/.exec(cell)?.[1]);

/** The README's table, and what the command prints now. */
const tables = () => ({
  ring: [tableOf(section('ring-distribution')), printed[0] as Table] as const,
  balancers: [tableOf(section('balancer-distribution')), printed[1] as Table] as const,
});

test('the README shows what the command prints', () => {
  expect(printed).toHaveLength(2);
  const { ring, balancers } = tables();
  const labels = ({ header, rows }: Table, columns: number) => [header, rows.map((row) => row.slice(0, columns))];
  expect(labels(ring[0], 2)).toEqual(labels(ring[1], 2));
  expect(labels(balancers[0], 1)).toEqual(labels(balancers[1], 1));
});

describe('the ring', () => {
  test('keeps each share within a tenth of even from 200 virtual nodes on', () => {
    const { rows } = tables().ring[0];
    const even = rows.filter(([, virtualNodes]) => numberIn(virtualNodes) >= 200);
    expect(even.length).toBeGreaterThanOrEqual(4);
    for (const [, , least, most] of even) {
      expect(numberIn(least)).toBeGreaterThan(90);
      expect(numberIn(most)).toBeLessThan(110);
    }
  });

  test('gives one that joins its share, and moves nothing else', () => {
    for (const { rows } of tables().ring) {
      for (const [members, , , , moved, ofEven, betweenOthers] of rows) {
        expect(numberIn(moved)).toBeCloseTo(numberIn(ofEven) / (numberIn(members) + 1), 0);
        expect(Math.abs(numberIn(ofEven) - 100)).toBeLessThan(15);
        expect(numberIn(betweenOthers)).toBe(0);
      }
    }
  });
});

describe('the strategies', () => {
  const shares = ({ rows }: Table) =>
    new Map(rows.map(([name = '', ...cells]) => [name.slice(1, -1), cells.map(numberIn)]));

  test('are all of them, and each gives out every request', () => {
    for (const table of tables().balancers) {
      expect([...shares(table).keys()]).toEqual(strategies);
      for (const cells of shares(table).values()) {
        expect(cells).toHaveLength(servers.length);
        expect(cells.reduce((sum, cell) => sum + cell, 0)).toBeCloseTo(100, 0);
      }
    }
  });

  test('spread evenly, by weight, or away from the slow one, as they say', () => {
    for (const table of tables().balancers) {
      const by = shares(table);
      for (const share of by.get('random') ?? []) expect(Math.abs(share - 25)).toBeLessThan(3);
      expect(by.get('roundRobin')).toEqual([25, 25, 25, 25]);
      expect(by.get('weighted')).toEqual([20, 20, 40, 20]);
      for (const strategy of ['leastRequests', 'leastConnections']) {
        const [a = 0, b = 0, c = 0, slow = 0] = by.get(strategy) ?? [];
        expect(Math.abs(a - b)).toBeLessThan(3);
        expect(c / a).toBeGreaterThan(1.5);
        expect(a / slow).toBeGreaterThan(2);
      }
    }
  });
});
