import { randomInt, randomUUID } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { defaultTiming } from '../paxos/timing.ts';
import { Replica } from '../replica/replica.ts';
import type { Identity } from '../storage/identity.ts';
import { supportedFeatureLevel } from '../wire/feature-level.ts';
import type { ServerConfig } from './config.ts';

/** Here the replica gets what it may not make for itself: randomness and a native checksum. */
export function createReplica(
  config: ServerConfig,
  { incarnation, origin }: Pick<Identity, 'incarnation' | 'origin'>,
  supportedLevel = supportedFeatureLevel,
): Replica {
  const { leaseMs, clockDriftPermille, leases, heartbeatMs, silenceMsLow, silenceMsHigh } = config;
  return new Replica({
    nodeId: config.id,
    incarnation,
    joins: config.join,
    bootId: randomUUID(),
    clusterName: config.clusterName,
    initial: config.initial.map((member) => ({ ...member, incarnation: '' })),
    freshClusterId: randomUUID(),
    ...(origin !== undefined && { origin: origin.digest }),
    settings: { leaseMs, clockDriftPermille, leases },
    timing: { ...defaultTiming, heartbeatMs, silenceMsLow, silenceMsHigh },
    randomSeed: randomInt(2 ** 31),
    checksum: crc32,
    supportedLevel,
    checkpointJournalBytes: config.checkpointJournalMib * 1024 * 1024,
  });
}
