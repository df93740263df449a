import type { ClientActor } from '../clients/client-actor.ts';
import type { FaultAction, FaultContext } from './fault-context.ts';
import type { Pair } from './partitions.ts';

/** Programs that use the service, and the way to it. */
export const clientFaults = {
  clientReset: (fault) => {
    const { connection } = someClient(fault);
    if (connection !== undefined) fault.host.resetClient(connection);
  },

  clientPause: (fault) => {
    const client = someClient(fault);
    client.pause();
    fault.later(() => client.resume());
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

  clientStop: (fault) => someClient(fault).stop(fault.stream.chance(0.5)),
} satisfies Record<string, FaultAction>;

function someClient({ host, stream }: FaultContext): ClientActor {
  return stream.pick(host.clients);
}
