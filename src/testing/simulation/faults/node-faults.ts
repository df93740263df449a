import type { SimulatedNode } from '../world/node.ts';
import type { FaultAction, FaultContext } from './fault-context.ts';
import { blockedPairs, type Pair } from './partitions.ts';

/** Processes and machines that stop, in one way or another, and leaders at the wrong moment. */
export const nodeFaults = {
  crash: (fault) => crash(fault, fault.node),

  crashMidTurn: (fault) => {
    const { node } = fault;
    if (node.phase !== 'running') return;
    node.crashMidTurn = true;
    // The crash waits for a turn with several effects, and the restart for the crash.
    const restart = (): void => {
      if (node.crashMidTurn) fault.later(restart);
      else node.start();
    };
    fault.later(restart);
  },

  powerLoss: (fault) => {
    fault.host.coverage.hit('all nodes crashed at once');
    for (const node of fault.host.nodes) crash(fault, node, true);
  },

  pause: (fault) => {
    const { node } = fault;
    if (node.phase !== 'running') return;
    node.pause();
    resumeLater(fault, node, fault.durationUs());
  },

  /** The process stops between deciding and sending. */
  pauseMidTurn: (fault) => {
    const { node } = fault;
    if (node.phase !== 'running') return;
    const { boots } = node;
    const durationUs = fault.durationUs();
    node.pauseMidTurn = () => {
      if (node.boots === boots) resumeLater(fault, node, durationUs);
    };
  },

  /** The machine stops, and its monotonic clock with it. */
  suspend: (fault) => suspend(fault, fault.node, fault.durationUs()),

  /** Many short stops in a row, each below the grain of what a machine can know of them. */
  naps: (fault) => {
    const { stream, host } = fault;
    const node = stream.chance(0.7) ? host.leader() : fault.node;
    if (node === undefined) return;
    host.coverage.hit('machine suspended many times, briefly');
    const longestUs = stream.pick([5_000, 20_000, 120_000]);
    let atUs = 0;
    for (let times = stream.between(3, 30); times > 0; times--) {
      fault.after(atUs, () => suspend(fault, node, stream.real(1, longestUs)));
      atUs += stream.exponential(2 * longestUs);
    }
  },

  /** Somebody, or a clock daemon, sets the time of day. */
  wallClockSet: ({ host, stream, node }) => {
    host.coverage.hit('wall clock set');
    const byMs = stream.pick([20, 500, 3_600_000]) * stream.real(0, 1) * stream.pick([-1, 1]);
    node.clock.setWall(Math.round(byMs));
  },

  transfer: ({ host, stream }) => {
    const to = stream.chance(0.5) ? undefined : stream.pick(host.nodes).nodeId;
    host.coverage.hit('leadership transfer asked for');
    host.leader()?.give({ type: 'transferLeadership', to });
  },

  /** Cut off from its peers, but not from clients, and stopped for a while: it wakes up in the belief that it leads. */
  staleLeader: (fault) => {
    const { host, stream } = fault;
    const leader = host.leader();
    if (leader?.phase !== 'running') return;
    host.coverage.hit('leader stalled while isolated');
    const { boots } = leader;
    const suspends = stream.chance(0.5);
    const leaseUs = host.config.leaseMs * 1000;
    // Shorter than any lease, about as long as the lease, or long enough for an election and some writes.
    const [low, high] = stream.pick([
      [10_000, 100_000],
      [leaseUs * 0.7, leaseUs * 1.5],
      [100_000, 2_500_000],
    ]);
    const stallUs = stream.real(low, high);
    // Often both at once: then everybody has answered the last heartbeat that it remembers.
    const beforeUs = Math.max(0, stream.real(-300_000, 300_000));
    const cutUs = beforeUs + stallUs + stream.real(0, 500_000);
    fault.block(blockedPairs('isolateLeader', leader, host.nodes, stream), cutUs);
    fault.after(beforeUs, () => {
      if (leader.boots !== boots) return;
      if (suspends) leader.suspend();
      else leader.pause();
      fault.after(stallUs, () => {
        if (leader.boots === boots) leader.resume();
      });
    });
  },

  /** The leader and one follower do not hear each other; whoever has granted the lease forgets it while that one campaigns. */
  forgetfulQuorum: (fault) => {
    const { host, stream } = fault;
    const { coverage, nodes, config } = host;
    const leader = host.leader();
    if (leader === undefined) return;
    coverage.hit('quorum restarted between leader and candidate');
    const candidate = stream.pick(nodes.filter((other) => other !== leader));
    const durationUs = stream.real(800_000, 2_500_000);
    const pairs: Pair[] = [
      [leader.index, candidate.index],
      [candidate.index, leader.index],
    ];
    fault.block(pairs, durationUs);
    for (const node of nodes) {
      if (node === leader || node === candidate) continue;
      fault.after(durationUs * stream.real(0.5, 1), () => {
        node.crash(stream.chance(config.keepPendingRate));
        fault.after(stream.real(1_000, 50_000), () => node.start());
      });
    }
  },
} satisfies Record<string, FaultAction>;

export function crash(fault: FaultContext, node: SimulatedNode, ofMachine?: boolean): void {
  const { host, stream } = fault;
  node.crash(stream.chance(host.config.keepPendingRate), ofMachine);
  const restart = (): void => {
    host.coverage.hit('restart');
    node.start();
  };
  // At once, as a supervisor does it: what the node has said before may still bind it.
  if (stream.chance(0.4)) fault.after(stream.real(5_000, 100_000), restart);
  else fault.later(restart);
}

function suspend(fault: FaultContext, node: SimulatedNode, durationUs: number): void {
  if (node.phase !== 'running') return;
  node.suspend();
  resumeLater(fault, node, durationUs);
}

function resumeLater(fault: FaultContext, node: SimulatedNode, durationUs: number): void {
  const { coverage, config } = fault.host;
  const { boots } = node;
  if (durationUs > config.leaseMs * 1000) coverage.hit('pause longer than the lease');
  fault.after(durationUs, () => {
    if (node.boots === boots) node.resume();
  });
}
