import { expect, it } from 'vitest';
import { levelError } from '../../src/replica/feature-gate.ts';
import { shippedSettings } from '../../src/wire/settings.ts';
import { TestMachine } from '../machine/harness.ts';

it('refuses what the cluster has not come to, with both levels, and nothing else', () => {
  const machine = new TestMachine();
  const change = { kind: 'changeSettings', ...shippedSettings } as const;
  expect(levelError(machine.machine, { kind: 'closeSession' })).toBeUndefined();
  expect(levelError(machine.machine, change)).toMatchObject({
    code: 'UNSUPPORTED',
    message: expect.stringMatching(/^changeSettings belongs to feature level 2, and the cluster is at level 1 /),
  });
  machine.internal({ kind: 'raiseFeatureLevel', level: 2 });
  expect(levelError(machine.machine, change)).toBeUndefined();
  expect(levelError(machine.machine, { kind: 'raiseFeatureLevel', level: 3 })?.code).toBe('UNSUPPORTED');
});
