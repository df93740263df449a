import type { ClientActor } from '../clients/client-actor.ts';
import type { FaultKind, SimulationConfig } from '../config.ts';
import type { Coverage } from '../coverage.ts';
import type { RandomStream } from '../prng.ts';
import type { Trace } from '../trace.ts';
import type { ClientConnection } from '../world/client-transport.ts';
import type { EventQueue } from '../world/event-queue.ts';
import type { SimulatedNetwork } from '../world/network.ts';
import { type SimulatedNode, shortestSuspensionUs } from '../world/node.ts';
import type { Reachability } from '../world/reachability.ts';
import { blockedPairs, type Pair, type PartitionKind, partitionMarkers } from './partitions.ts';

export interface FaultHost {
  readonly config: SimulationConfig;
  readonly queue: EventQueue;
  readonly trace: Trace;
  readonly coverage: Coverage;
  readonly nodes: readonly SimulatedNode[];
  readonly clients: readonly ClientActor[];
  readonly network: SimulatedNetwork;
  readonly reachability: Reachability;
  /** Whoever serves at the moment, by its own word. */
  leader(): SimulatedNode | undefined;
  resetClient(connection: ClientConnection): void;
}

/** Starts faults at random moments and ends each after a while. They may overlap, and hit any number of nodes at once. */
export class Nemesis {
  readonly #host: FaultHost;
  readonly #stream: RandomStream;
  #count = 0;
  over = false;

  constructor(host: FaultHost, stream: RandomStream) {
    this.#host = host;
    this.#stream = stream;
  }

  start(): void {
    this.#host.queue.at(this.#host.config.calmMs * 1000, () => this.#next());
  }

  /** No new fault begins; the world is healed by whoever calls this. */
  stop(): void {
    this.over = true;
  }

  #next(): void {
    this.#host.queue.after(this.#stream.exponential(this.#host.config.faultIntervalMs) * 1000, () => {
      if (this.over) return;
      const kind = this.#stream.weighted(this.#host.config.faults);
      this.#host.trace.mark(30, 0, kind.length);
      if (this.#host.trace.verbose) this.#host.trace.line(this.#host.queue.nowUs, `fault: ${kind}`);
      this.#count += 1;
      this.#begin(kind, this.#stream.fork(`fault ${this.#count}`));
      this.#next();
    });
  }

  #begin(kind: FaultKind, stream: RandomStream): void {
    const { coverage, network, nodes } = this.#host;
    const node = stream.pick(nodes);
    switch (kind) {
      case 'crash':
        this.#crash(node, stream);
        return;
      case 'crashMidTurn':
        node.crashMidTurn = true;
        this.#later(stream, () => node.start());
        return;
      case 'powerLoss':
        coverage.hit('all nodes crashed at once');
        for (const each of nodes) this.#crash(each, stream);
        return;
      case 'pause':
      case 'pauseMidTurn':
      case 'suspend':
        this.#pause(kind, node, stream);
        return;
      case 'persistFailure':
        node.disk.failNext = stream.chance(0.5) ? 'kept' : 'lost';
        this.#later(stream, () => node.start());
        return;
      case 'slowDisk':
        coverage.hit('disk slowed');
        node.disk.slowness = stream.pick([10, 100]);
        this.#later(stream, () => {
          node.disk.slowness = 1;
        });
        return;
      case 'slowLink': {
        const other = stream.pick(nodes);
        coverage.hit('link slowed');
        network.slow(node.index, other.index, stream.pick([10, 100]));
        this.#later(stream, () => network.slow(node.index, other.index, 1));
        return;
      }
      case 'streamReset':
        network.reset(node.index, stream.pick(nodes).index);
        return;
      case 'transfer': {
        const to = stream.chance(0.5) ? undefined : stream.pick(nodes).nodeId;
        coverage.hit('leadership transfer asked for');
        this.#host.leader()?.give({ type: 'transferLeadership', to });
        return;
      }
      case 'staleLeader':
        this.#stallLeader(stream);
        return;
      case 'forgetfulQuorum':
        this.#restartBetween(stream);
        return;
      case 'isolateOne':
      case 'isolateLeader':
      case 'halves':
      case 'oneWay':
      case 'bridge':
      case 'flapping':
        this.#partition(kind, node, stream);
        return;
      case 'clientReset':
      case 'clientPause':
      case 'clientPartition':
      case 'clientStop':
        this.#disturbClient(kind, stream.pick(this.#host.clients), stream);
        return;
    }
  }

  #crash(node: SimulatedNode, stream: RandomStream): void {
    node.crash(stream.chance(this.#host.config.keepPendingRate));
    const restart = (): void => {
      this.#host.coverage.hit('restart');
      node.start();
    };
    // At once, as a supervisor does it: what the node has said before may still bind it.
    if (stream.chance(0.4)) this.#after(stream.real(5_000, 100_000), restart);
    else this.#later(stream, restart);
  }

  #pause(kind: 'pause' | 'pauseMidTurn' | 'suspend', node: SimulatedNode, stream: RandomStream): void {
    const { coverage, config } = this.#host;
    if (node.phase !== 'running') return;
    const { boots } = node;
    const durationUs = Math.max(kind === 'suspend' ? shortestSuspensionUs : 0, this.#durationUs(stream));
    const resume = (): void => {
      if (durationUs > config.leaseMs * 1000) coverage.hit('pause longer than the lease');
      this.#after(durationUs, () => {
        if (node.boots === boots) node.resume();
      });
    };
    if (kind === 'pauseMidTurn') {
      node.pauseMidTurn = resume;
      return;
    }
    if (kind === 'suspend') node.suspend();
    else node.pause();
    resume();
  }

  /** Cut off from its peers, but not from clients, and stopped for a while: it wakes up in the belief that it leads. */
  #stallLeader(stream: RandomStream): void {
    const { coverage, nodes } = this.#host;
    const leader = this.#host.leader();
    if (leader?.phase !== 'running') return;
    coverage.hit('leader stalled while isolated');
    const { boots } = leader;
    const suspends = stream.chance(0.5);
    // Shorter than any lease, or long enough for an election and some writes.
    const brief = !suspends && stream.chance(0.3);
    const stallUs = brief ? stream.real(10_000, 100_000) : stream.real(shortestSuspensionUs, 2_500_000);
    const beforeUs = stream.real(0, 300_000);
    this.#block(blockedPairs('isolateLeader', leader, nodes, stream), beforeUs + stallUs + stream.real(0, 500_000));
    this.#after(beforeUs, () => {
      if (leader.boots !== boots) return;
      if (suspends) leader.suspend();
      else leader.pause();
      this.#after(stallUs, () => {
        if (leader.boots === boots) leader.resume();
      });
    });
  }

  /** The leader and one follower do not hear each other; whoever has granted the lease forgets it while that one campaigns. */
  #restartBetween(stream: RandomStream): void {
    const { coverage, nodes } = this.#host;
    const leader = this.#host.leader();
    if (leader === undefined) return;
    coverage.hit('quorum restarted between leader and candidate');
    const candidate = stream.pick(nodes.filter((other) => other !== leader));
    const durationUs = stream.real(800_000, 2_500_000);
    this.#block(
      [
        [leader.index, candidate.index],
        [candidate.index, leader.index],
      ],
      durationUs,
    );
    for (const node of nodes) {
      if (node === leader || node === candidate) continue;
      this.#after(durationUs * stream.real(0.5, 1), () => {
        node.crash(stream.chance(this.#host.config.keepPendingRate));
        this.#after(stream.real(1_000, 50_000), () => node.start());
      });
    }
  }

  #partition(kind: PartitionKind, node: SimulatedNode, stream: RandomStream): void {
    const { coverage, nodes } = this.#host;
    if (kind === 'flapping') {
      coverage.hit('partition: flapping');
      for (let times = stream.between(2, 6); times > 0; times--) {
        const pairs = blockedPairs('isolateOne', node, nodes, stream);
        this.#after(this.#durationUs(stream), () => this.#block(pairs, this.#durationUs(stream)));
      }
      return;
    }
    const target = kind === 'isolateLeader' ? this.#host.leader() : node;
    if (target === undefined) return;
    coverage.hit(partitionMarkers[kind]);
    this.#block(blockedPairs(kind, target, nodes, stream), this.#durationUs(stream));
  }

  #block(pairs: readonly Pair[], durationUs: number): void {
    const { reachability } = this.#host;
    for (const [from, to] of pairs) reachability.block(from, to);
    this.#after(durationUs, () => {
      for (const [from, to] of pairs) reachability.unblock(from, to);
    });
  }

  #disturbClient(
    kind: 'clientReset' | 'clientPause' | 'clientPartition' | 'clientStop',
    client: ClientActor,
    stream: RandomStream,
  ): void {
    switch (kind) {
      case 'clientReset':
        if (client.connection !== undefined) this.#host.resetClient(client.connection);
        return;
      case 'clientPause':
        client.pause();
        this.#later(stream, () => client.resume());
        return;
      case 'clientPartition': {
        const pairs: Pair[] = [];
        const some = stream.chance(0.5);
        for (const { index } of this.#host.nodes) {
          if (some && stream.chance(0.5)) continue;
          pairs.push([client.party, index]);
          if (stream.chance(0.8)) pairs.push([index, client.party]);
        }
        // Around the end of its session it gets interesting.
        const ttlMs = client.sessionTtlMs;
        const around = ttlMs !== undefined && stream.chance(0.5);
        this.#block(pairs, around ? ttlMs * stream.real(900, 1_400) : this.#durationUs(stream));
        return;
      }
      case 'clientStop':
        client.stop(stream.chance(0.5));
        return;
    }
  }

  #later(stream: RandomStream, run: () => void): void {
    this.#after(this.#durationUs(stream), run);
  }

  /** Not any more once the faults are over: then everything has been healed, or is gone for good. */
  #after(delayUs: number, run: () => void): void {
    this.#host.queue.after(delayUs, () => {
      if (!this.over) run();
    });
  }

  #durationUs(stream: RandomStream): number {
    return Math.max(1, stream.exponential(this.#host.config.faultDurationMs)) * 1000;
  }
}
