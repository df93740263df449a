import { afterEach, expect, test, vi } from 'vitest';
import { chaosFaultKinds, kindsNamed, traitsOf } from '../../../../src/testing/chaos/faults/fault-kinds.ts';
import { detectMeans, type MeansByName, meansNames } from '../../../../src/testing/chaos/faults/means.ts';
import { possibleKinds } from '../../../../src/testing/chaos/faults/possible-kinds.ts';

afterEach(() => void vi.unstubAllEnvs());

test('for everything there is a path, or a reason', async () => {
  const means = await detectMeans();
  expect(Object.keys(means).sort()).toEqual([...meansNames].sort());
  for (const found of Object.values(means)) expect(found.available ? found.path : found.why).not.toBe('');
}, 60_000);

test('what is not installed, or does not work, is not available', async () => {
  vi.stubEnv('PATH', '/nonexistent');
  vi.stubEnv('LIBFAKETIME', '/proc/self/exe');
  const { strace, libfaketime, tmpfs } = await detectMeans();
  expect([strace.available, libfaketime.available, tmpfs.available]).toEqual([false, false, false]);
}, 60_000);

test('what a machine lacks is skipped with the reason, and nothing else is', () => {
  const there = { available: true, path: 'there' } as const;
  const means: MeansByName = {
    strace: { available: false, why: 'strace is not installed' },
    libfaketime: there,
    tmpfs: there,
    nftables: there,
  };
  const { kinds, skipped } = possibleKinds(chaosFaultKinds, means);
  const traced = chaosFaultKinds.filter((kind) => traitsOf(kind).needs === 'strace');
  expect(traced.length).toBeGreaterThan(0);
  expect(skipped).toEqual(traced.map((what) => ({ what, why: 'strace is not installed' })));
  expect(kinds).toEqual(chaosFaultKinds.filter((kind) => !traced.includes(kind)));
});

test('a name stands for a kind or a family', () => {
  expect(kindsNamed('kill-all')).toEqual(['kill-all']);
  expect(kindsNamed('clock')).toEqual(['wall-jump', 'clock-drift']);
  expect(kindsNamed('nothing')).toBeUndefined();
});
