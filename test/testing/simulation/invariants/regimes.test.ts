import { describe, expect, test } from 'vitest';
import { configurationValue } from '../../../../src/paxos/configuration-codec.ts';
import type { Standing } from '../../../../src/paxos/record.ts';
import { Coverage } from '../../../../src/testing/simulation/coverage.ts';
import { isQuorum, Regimes } from '../../../../src/testing/simulation/invariants/regimes.ts';
import type { NodeId } from '../../../../src/wire/identifiers.ts';

const nodeIds = ['n1', 'n2', 'n3', 'n4'] as readonly string[] as readonly NodeId[];

function membersOf(standings: Record<string, Standing>): Uint8Array {
  return configurationValue(
    Object.entries(standings).map(([nodeId, standing]) => {
      return { nodeId: nodeId as NodeId, incarnation: `${nodeId}-a`, address: '', standing, replaces: '' };
    }),
  );
}

function founded(): { readonly regimes: Regimes; readonly coverage: Coverage } {
  const coverage = new Coverage();
  return { regimes: new Regimes(nodeIds, 3, coverage), coverage };
}

describe('those who decide', () => {
  test('are the founders, until others are chosen, and then those for the slots above', () => {
    const { regimes } = founded();
    regimes.onChosen(7, membersOf({ n1: 'voter', n4: 'voter', n3: 'learner' }), 6, 0);
    expect([regimes.of(7).voters, regimes.of(8).voters]).toEqual([0b0111, 0b1001]);
    expect(regimes.newest.slot).toBe(7);
  });

  test('are more than half of the voters, whoever else agrees', () => {
    const { regimes } = founded();
    const regime = regimes.of(1);
    expect([0b0011, 0b0001, 0b1001, 0b1110].map((present) => isQuorum(regime, present))).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });

  test('decide nothing in a ballot that was opened under others', () => {
    const { regimes } = founded();
    regimes.onProposed(33, 6);
    regimes.onChosen(7, membersOf({ n1: 'voter', n2: 'voter' }), 6, 0);
    regimes.onProposed(49, 8);
    expect(regimes.decides(33, 8, 0b0011)).toBe(false);
    expect(regimes.decides(49, 8, 0b0011)).toBe(true);
  });
});

test('nothing may be chosen past a change that is not', () => {
  const { regimes } = founded();
  expect(() => regimes.onChosen(7, membersOf({ n1: 'voter' }), 8, 0)).toThrow(
    'nothing is chosen past a pending change',
  );
});

test('what changes is marked', () => {
  const { regimes, coverage } = founded();
  regimes.onChosen(7, membersOf({ n1: 'voter', n2: 'voter', n3: 'voter', n4: 'joining' }), 6, 0);
  expect(coverage.count('learner promoted')).toBe(0);
  regimes.onChosen(9, membersOf({ n2: 'voter', n3: 'voter', n4: 'voter' }), 8, 0);
  expect(coverage.count('members changed')).toBe(2);
  expect(coverage.count('learner promoted')).toBe(1);
  expect(coverage.count('leader removed itself')).toBe(1);
  expect(regimes.hasTakenIn('n4' as NodeId, 'n4-a')).toBe(true);
  expect(regimes.hasTakenIn('n4' as NodeId, 'n4-b')).toBe(false);
});
