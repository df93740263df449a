import type { NodeStatus } from '../../../src/cli/cluster-probe.ts';
import type { CommandContext } from '../../../src/cli/context.ts';
import type { InspectionCall, InspectionCalls } from '../../../src/rpc/inspection-client.ts';
import { CodedError, World, type WorldOptions } from '../fake-context.ts';

export type Answers = {
  readonly [Call in InspectionCall]?: (
    request: InspectionCalls[Call]['request'],
    endpoint: string,
  ) => InspectionCalls[Call]['answer'] | Promise<InspectionCalls[Call]['answer']>;
};

/** What a member n1, n2, … of a cluster that n1 leads says of itself. */
export function observedStatus(nodeId: string, more: Partial<NodeStatus> = {}): NodeStatus {
  const members = ['n1', 'n2', 'n3'].map((id) => {
    const address = `127.0.0.1:710${id.slice(1)}`;
    return { nodeId: id, address, incarnation: `i-${id}`, standing: 'voter', replaces: null } as const;
  });
  return {
    clusterId: 'c1',
    nodeId,
    state: nodeId === 'n1' ? 'leader' : 'follower',
    leaderId: 'n1',
    ballot: { round: 2, node: 'n1' },
    chosenSlot: 40,
    appliedSlot: 40,
    revision: 30,
    pid: 1,
    version: '0.1.0',
    uptimeSeconds: 61,
    alarm: null,
    lastError: null,
    connections: 3,
    watches: 2,
    supportedLevel: 2,
    featureLevel: 2,
    residentBytes: 1_000_000,
    quotaBytes: 2 ** 30,
    checkpointSlot: 0,
    members,
    membersSlot: 0,
    ...more,
  };
}

/** A cluster of three nodes into which one can look; those in `down` do not answer. */
export function observedWorld(
  answers: Answers,
  options: WorldOptions & { readonly down?: readonly string[] } = {},
): World {
  const probe: CommandContext['probe'] = (endpoint) => {
    const id = `n${endpoint.slice(-1)}`;
    const isDown = options.down?.includes(id) === true;
    return Promise.resolve(
      isDown
        ? { kind: 'failed', endpoint, reason: 'connection refused' }
        : { kind: 'answered', endpoint, status: observedStatus(id) },
    );
  };
  const inspect: CommandContext['inspect'] = async (endpoint, call, request) => {
    const answer = answers[call];
    if (answer === undefined) throw new CodedError('UNSUPPORTED', `${endpoint}: unknown method`);
    return await answer(request, endpoint);
  };
  return new World({ ...options, admin: { probe, inspect, ...options.admin } });
}
