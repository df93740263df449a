import { defaultTiming, type PaxosTiming } from '../../src/paxos/paxos.ts';
import type { Origin } from '../../src/paxos/record.ts';
import { Harness, type Machine, randomFrom, type World } from './harness.ts';

export interface Outcome {
  readonly harness: Harness;
  readonly chosen: number;
  readonly leaders: number;
}

export interface ScheduleOptions {
  readonly faultMs?: number;
  /** The members were restored to that state. */
  readonly origin?: Origin;
}

const hastyTiming: PaxosTiming = {
  ...defaultTiming,
  heartbeatMs: 15,
  silenceMsLow: 80,
  silenceMsHigh: 200,
  greetingWaitMs: 300,
  retryMs: 25,
  transferMs: 150,
};

/** The world of one run: how unreliable, how drifting, how many nodes, drawn from the seed. */
export function worldOf(seed: number): World {
  const random = randomFrom(seed ^ 0x5bd1e995);
  const loss = [0, 0.02, 0.15][Math.floor(random() * 3)] ?? 0;
  const slow = [0, 0.02, 0.1][Math.floor(random() * 3)] ?? 0;
  const count = [1, 2, 3, 3, 3, 3, 5][Math.floor(random() * 7)] ?? 3;
  // Short silences make many leaders in little time.
  const hasty = random() < 0.7;
  const drift = (): number => [0.9, 0.95, 1, 1.05, 1.1][Math.floor(random() * 5)] ?? 1;
  return {
    seed,
    count,
    duplicate: 0.1 * random(),
    rates: Array.from({ length: count }, drift),
    options: hasty
      ? {
          timing: hastyTiming,
          settings: { leaseMs: 60 + 400 * random(), clockDriftPermille: 100, leases: random() < 0.8 },
        }
      : {},
    delayMs: (draw) => {
      if (draw() < loss) return undefined;
      return draw() < slow ? draw() * 2500 : 0.2 + draw() * 20;
    },
    diskMs: (draw) => (draw() < 0.02 ? draw() * 900 : 0.2 + draw() * 8),
  };
}

/** Proposals and faults at random; then the faults end, and everything must come to agree and to serve. */
export function runSchedule(seed: number, { origin, faultMs = 6000 }: ScheduleOptions = {}): Outcome {
  const harness = new Harness({ ...worldOf(seed), ...(origin !== undefined && { origin }) });
  const random = randomFrom(seed ^ 0x2545f491);
  harness.startAll();
  const leaders = new Set<string>();
  let proposed = 0;
  // Most clusters are born before the faults begin.
  if (random() < 0.8) harness.runUntil(() => harness.servingLeader() !== undefined, 60_000);
  const endMs = harness.nowMs + faultMs;
  while (harness.nowMs < endMs) {
    harness.run(random() * 40);
    disturb(harness, random);
    for (const machine of harness.machines) {
      if (!machine.isUp || machine.paxos.role !== 'leader') continue;
      harness.confirm(machine);
      leaders.add(`${machine.paxos.ballot.round}.${machine.nodeId}`);
      for (let count = Math.floor(random() * 6); count > 0; count--) {
        proposed += 1;
        harness.propose(machine, `v${proposed}`);
      }
    }
  }
  recover(harness);
  return { harness, chosen: harness.observer.chosen.size, leaders: leaders.size };
}

export function pick<T>(random: () => number, values: readonly T[]): T {
  return values[Math.floor(random() * values.length)] as T;
}

export function disturb(harness: Harness, random: () => number): void {
  const machine = pick(random, harness.machines);
  const draw = random();
  if (draw < 0.05 && machine.isUp) harness.crash(machine.nodeId);
  else if (draw < 0.08 && machine.isUp) harness.kill(machine.nodeId);
  else if (draw < 0.3 && !machine.isUp && machine.halted === undefined) harness.start(machine.nodeId);
  else if (draw < 0.33) harness.isolate(machine.nodeId);
  else if (draw < 0.38) harness.cut.add(`${machine.nodeId}>${pick(random, harness.machines).nodeId}`);
  else if (draw < 0.48) harness.heal();
  else if (draw < 0.5) harness.pause(machine.nodeId, random() * 800);
  else if (draw < 0.52 && machine.isUp) harness.suspend(machine.nodeId, random() * 800);
  else if (draw < 0.54 && machine.isUp)
    harness.call(machine.nodeId, (paxos, effects) => paxos.transferLeadership(undefined, effects));
  else if (draw < 0.57) reconnect(harness, machine, pick(random, harness.machines));
}

function reconnect(harness: Harness, machine: Machine, peer: Machine): void {
  if (!machine.isUp || machine === peer) return;
  harness.call(machine.nodeId, (paxos, effects) => paxos.onPeerDisconnected(peer.nodeId, false, effects));
  harness.call(machine.nodeId, (paxos, effects) => paxos.onPeerConnected(peer.nodeId, effects));
}

export function recover(harness: Harness): void {
  harness.heal();
  harness.world.delayMs = (draw) => 0.2 + draw() * 5;
  harness.world.diskMs = () => 1;
  harness.world.duplicate = 0;
  for (const machine of harness.machines)
    if (!machine.isUp && machine.halted === undefined) harness.start(machine.nodeId);
  for (const machine of harness.machines) {
    for (const peer of harness.machines) {
      if (peer === machine) continue;
      harness.call(machine.nodeId, (paxos, effects) => paxos.onPeerConnected(peer.nodeId, effects));
    }
  }
  // What was sent before the faults ended may still arrive, and pauses end.
  harness.run(3000);
  harness.runUntil(() => harness.servingLeader() !== undefined, 5000);
  const leader = harness.servingLeader();
  harness.run(2000);
  if (leader === undefined || harness.servingLeader() !== leader) throw new Error('no stable leader');
  const slot = harness.propose(leader, 'last') ?? 0;
  const members = harness.machines.filter(({ nodeId, incarnation }) => leader.paxos.isMember(nodeId, incarnation));
  harness.runUntil(() => members.every((machine) => machine.isUp && machine.paxos.chosenThrough >= slot), 10_000);
}
