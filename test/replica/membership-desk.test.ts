import { expect, test } from 'vitest';
import type { Paxos } from '../../src/paxos/paxos.ts';
import type { ClusterMember } from '../../src/paxos/record.ts';
import { defaultTiming } from '../../src/paxos/timing.ts';
import type { MemberChangeOutcome } from '../../src/replica/member-change.ts';
import { MembershipDesk } from '../../src/replica/membership-desk.ts';
import { supportedFeatureLevel } from '../../src/wire/feature-level.ts';
import type { NodeId } from '../../src/wire/identifiers.ts';
import { n1, n2, n3, n4 } from '../paxos/node.ts';

const chosenThrough = 1_000;

/** A leader n1 with the voters n2 and n3, all of whom have everything, and the learner n4, which has so much. */
class Desk {
  learnerHas = 0;
  readonly proposed: (readonly ClusterMember[])[] = [];
  readonly answers: MemberChangeOutcome[] = [];
  readonly desk: MembershipDesk;

  constructor() {
    const members = [n1, n2, n3, n4].map(
      (nodeId): ClusterMember => ({
        nodeId,
        incarnation: `${nodeId}-a`,
        address: `host-${nodeId}:7000`,
        standing: nodeId === n4 ? 'learner' : 'voter',
        replaces: '',
      }),
    );
    const has = (nodeId: NodeId): number => (nodeId === n4 ? this.learnerHas : chosenThrough);
    const paxos: Partial<Paxos> = {
      members,
      chosenThrough,
      strangers: new Map(),
      progressOf: (nodeId) =>
        ({ heardAtMs: this.nowMs, acceptedThrough: has(nodeId) }) as ReturnType<Paxos['progressOf']>,
      canChangeMembers: () => true,
      changeMembers: (next) => {
        this.proposed.push(next);
        return chosenThrough + 1;
      },
    };
    this.desk = new MembershipDesk({
      nodeId: n1,
      paxos: paxos as Paxos,
      timing: defaultTiming,
      featureLevel: () => supportedFeatureLevel,
      serving: () => true,
      answer: (_token, outcome) => void this.answers.push(outcome),
    });
  }

  nowMs = 1_000;

  pass(ms: number): void {
    this.nowMs += ms;
    this.desk.onTick(this.nowMs);
    this.desk.onEndOfTurn(this.nowMs, []);
  }
}

test('a learner is not made a voter before it has caught up, though a quorum has everything', () => {
  const world = new Desk();
  world.desk.onRequest(1, { kind: 'promote', nodeId: n4 }, world.nowMs);
  world.pass(10);
  expect(world.proposed).toEqual([]);
  world.learnerHas = chosenThrough - 10;
  world.pass(10);
  expect(world.proposed.map((members) => members.at(-1)?.standing)).toEqual(['voter']);
});

test('if it does not catch up in time, that is refused', () => {
  const world = new Desk();
  world.desk.onRequest(1, { kind: 'promote', nodeId: n4 }, world.nowMs);
  world.pass(29_000);
  expect(world.answers).toEqual([]);
  world.pass(1_000);
  expect(world.answers).toMatchObject([{ kind: 'refused', code: 'UNAVAILABLE' }]);
  expect(world.proposed).toEqual([]);
});
