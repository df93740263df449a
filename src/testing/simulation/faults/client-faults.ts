import type { ClientActor } from '../clients/client-actor.ts';
import type { SimulatedNode } from '../world/node.ts';
import type { FaultAction, FaultContext } from './fault-context.ts';
import type { Pair } from './partitions.ts';

/** Programs that use the service, and the way to it. */
export const clientFaults = {
  clientReset: (fault) => {
    const { connection } = someClient(fault);
    if (connection !== undefined) fault.host.transport.reset(connection);
  },

  /** One end is gone without a word: the client waits for answers, or the node for questions, that never come. */
  clientHalfOpen: (fault) => {
    const { stream, host } = fault;
    const { connection } = someClient(fault);
    if (connection === undefined) return;
    if (!host.transport.halfOpen(connection, stream.chance(0.7) ? 'node' : 'client')) return;
    host.coverage.hit('client stream half open');
    // Whoever sends something may be told by the other machine; behind a bad router nobody ever is.
    if (stream.chance(0.5)) fault.later(() => host.transport.endHalfOpen(connection));
  },

  /** The stream is whole, and nothing passes: most often since the client does not read. */
  clientStall: (fault) => {
    const { stream, host } = fault;
    const { connection } = someClient(fault);
    if (connection === undefined) return;
    host.coverage.hit('client stream stalled');
    const direction = stream.chance(0.7) ? 'toClient' : 'toNode';
    host.transport.stall(connection, direction);
    fault.later(() => host.transport.unstall(connection, direction));
  },

  clientPause: (fault) => {
    const client = someClient(fault);
    client.pause();
    fault.later(() => client.resume());
  },

  clientSuspend: (fault) => {
    const client = someClient(fault);
    client.suspend();
    const { stream } = fault;
    fault.after(stream.chance(0.3) ? stream.real(1, 100_000) : fault.durationUs(), () => client.resume());
  },

  clientPartition: (fault) => {
    const { host, stream } = fault;
    const client = someClient(fault);
    const pairs: Pair[] = [];
    const some = stream.chance(0.5);
    for (const { index } of host.nodes) {
      if (some && stream.chance(0.5)) continue;
      pairs.push([client.party, index]);
      if (stream.chance(0.8)) pairs.push([index, client.party]);
    }
    // Around the end of its session it gets interesting.
    const ttlMs = client.sessionTtlMs;
    const around = ttlMs !== undefined && stream.chance(0.5);
    fault.block(pairs, around ? ttlMs * stream.real(900, 1_400) : fault.durationUs());
  },

  /** The client reaches only nodes that are cut off from the majority themselves. */
  minoritySide: (fault) => {
    const { host, stream } = fault;
    host.coverage.hit('client sees a minority only');
    const shuffled = stream.shuffled(host.nodes);
    const size = stream.between(1, Math.floor((host.nodes.length - 1) / 2));
    const minority = shuffled.slice(0, size);
    const majority = shuffled.slice(size);
    const client = someClient(fault);
    const pairs = majority.flatMap((node) => [
      ...unheard(client, node),
      ...(stream.chance(0.7) ? minority.flatMap((other) => bothWays(other.index, node.index)) : []),
    ]);
    fault.block(pairs, fault.durationUs());
  },

  /** Clients reach the followers and not the leader, which is well. */
  leaderHidden: (fault) => {
    const { host, stream } = fault;
    const leader = host.leader();
    if (leader === undefined) return;
    host.coverage.hit('client does not see the leader');
    const clients = stream.chance(0.5) ? host.programs.running : [someClient(fault)];
    fault.block(
      clients.flatMap((client) => unheard(client, leader)),
      fault.durationUs(),
    );
  },

  /** Another program takes over the session while this one still lives, and perhaps does not hear of it for a while. */
  clientTakenOver: (fault) => {
    const { host, stream } = fault;
    const client = someClient(fault);
    if (stream.chance(0.3)) client.pause();
    host.programs.takeOver(client);
    fault.later(() => client.resume());
  },

  clientStop: (fault) => someClient(fault).stop(fault.stream.chance(0.5)),
} satisfies Record<string, FaultAction>;

function someClient({ host, stream }: FaultContext): ClientActor {
  return stream.pick(host.programs.running);
}

function unheard({ party }: ClientActor, { index }: SimulatedNode): Pair[] {
  return bothWays(party, index);
}

function bothWays(one: number, other: number): Pair[] {
  return [
    [one, other],
    [other, one],
  ];
}
