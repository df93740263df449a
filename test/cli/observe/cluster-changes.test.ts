import { describe, expect, test } from 'vitest';
import type { NodeStatus } from '../../../src/cli/cluster-probe.ts';
import { clusterStatus } from '../../../src/cli/cluster-status.ts';
import { clusterChanges, clusterChangeText } from '../../../src/cli/observe/cluster-changes.ts';
import { observedStatus } from './observed-node.ts';

function cluster(ids: readonly string[], more: Partial<NodeStatus> = {}) {
  return clusterStatus(
    ids.map((id) => ({ kind: 'answered', endpoint: id, status: observedStatus(id, id === 'n1' ? more : {}) }) as const),
  );
}

const all = ['n1', 'n2', 'n3'];

describe('what has changed', () => {
  test('is nothing if all is as before', () => {
    expect(clusterChanges(cluster(all), cluster(all))).toEqual([]);
  });

  test.each([
    ['a member is silent', cluster(all), cluster(['n1', 'n2']), ['- member n3 silent']],
    ['it answers again', cluster(['n1', 'n2']), cluster(all), ['- member n3 answers']],
    ['nobody leads', cluster(all), cluster(all, { state: 'follower' }), ['- leader lost (before: n1)']],
    ['somebody leads again', cluster(all, { state: 'follower' }), cluster(all), ['- leader n1']],
    ['nobody answers', cluster(all), cluster([]), ['- leader lost (before: n1)']],
  ])('%s', (_name, before, now, texts) => {
    expect(clusterChanges(before, now).map(clusterChangeText)).toEqual(texts);
  });

  test('members come, go and are promoted', () => {
    const [n1, n2, n3] = observedStatus('n1').members;
    if (n1 === undefined || n2 === undefined || n3 === undefined) throw new Error('there are three');
    const members = [n1, { ...n2, standing: 'learner' } as const, { ...n3, nodeId: 'n4' }];
    const now = cluster(['n1', 'n2', 'n4'], { members, membersSlot: 50 });
    expect(clusterChanges(cluster(all), now)).toEqual([
      { type: 'member', id: 'n2', change: 'learner' },
      { type: 'member', id: 'n4', change: 'joined' },
      { type: 'member', id: 'n3', change: 'left' },
    ]);
  });
});
