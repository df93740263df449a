import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { Metrics, type MetricsSample } from '../../src/server/metrics.ts';
import type { NodeId } from '../../src/wire/identifiers.ts';
import { eventually } from '../eventually.ts';

const metricsOf = (nodeId: string, sample = () => ({}) as MetricsSample) => new Metrics(nodeId as NodeId, sample);

/** What metrics know of a node of which nobody else knows. */
function abandonedSample(): WeakRef<() => MetricsSample> {
  const sample = () => ({}) as MetricsSample;
  metricsOf('n1', sample);
  return new WeakRef(sample);
}

test('what is told of the process is told under the name of each node in it', async () => {
  const nodeIds = ['n1', 'n2'];
  const texts = await Promise.all(nodeIds.map((nodeId) => metricsOf(nodeId).text()));
  const told = texts.map((text) => /^nodejs_version_info\{.*node="(.*)"\} 1$/m.exec(text)?.[1]);
  expect(told).toEqual(nodeIds);
});

test('a node that is not needed any more is freed, although the process goes on', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage: () => void = runInNewContext('gc');
  const abandoned = abandonedSample();
  await eventually(() => {
    collectGarbage();
    // A failure of an expectation about the object itself would hold on to it.
    expect(abandoned.deref() === undefined).toBe(true);
  });
});
