import { randomInt, randomUUID } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Incarnation } from '../paxos/record.ts';
import { defaultTiming } from '../paxos/timing.ts';
import { Replica } from '../replica/replica.ts';
import type { ServerConfig } from './config.ts';

/** Here the replica gets what it may not make for itself: randomness and a native checksum. */
export function createReplica(config: ServerConfig, incarnation: Incarnation): Replica {
  const { leaseMs, clockDriftPermille, leases, heartbeatMs, silenceMsLow, silenceMsHigh } = config;
  return new Replica({
    nodeId: config.id,
    incarnation,
    joins: config.join,
    bootId: randomUUID(),
    clusterName: config.clusterName,
    initial: config.initial.map((member) => ({ ...member, incarnation: '' })),
    freshClusterId: randomUUID(),
    settings: { leaseMs, clockDriftPermille, leases },
    timing: { ...defaultTiming, heartbeatMs, silenceMsLow, silenceMsHigh },
    randomSeed: randomInt(2 ** 31),
    checksum: crc32,
    checkpointJournalBytes: config.checkpointJournalMib * 1024 * 1024,
  });
}
