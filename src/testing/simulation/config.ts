import type { ScheduledQuota } from './clients/quota-operator.ts';
import type { FaultBudget } from './faults/beyond-budget.ts';
import { type FaultKind, lossFaultKinds, memberFaultKinds, survivedFaultKinds } from './faults/fault-kinds.ts';
import { RandomStream } from './prng.ts';

const basicKinds = [
  'put',
  'delete',
  'get',
  'getPast',
  'getStale',
  'range',
  'compareAndSwap',
  'readTransaction',
  'counterAdd',
  'counterCompareAndSet',
  'counterGet',
  'lock',
  'tryLock',
  'sharedLock',
  'permit',
  'severalLocks',
  'delayedLock',
  'lockForceRelease',
  'lockGet',
  'lockInspect',
  'ephemeralPut',
  'watch',
  'watchPast',
  'watchCancel',
  'closeSession',
  'sessionList',
  'sessionGet',
  'closeOtherSession',
  'watchFiltered',
  'watchLocks',
  'watchCounters',
  'watchSessions',
] as const;

/** Called less often than the others. */
const keyspaceKinds = [
  'nestedTransaction',
  'putIfAbsent',
  'putIfUnchanged',
  'deleteIfUnchanged',
  'createSequential',
  'compactHistory',
  'count',
  'rangeDescending',
] as const;

export type KeyspaceKind = (typeof keyspaceKinds)[number];

export function isKeyspaceKind(kind: OperationKind): kind is KeyspaceKind {
  return (keyspaceKinds as readonly OperationKind[]).includes(kind);
}

export const operationKinds = [...basicKinds, ...keyspaceKinds] as const;

export type OperationKind = (typeof operationKinds)[number];

/** Everything about a run that is drawn from its seed: which faults may happen and how wild they are. */
export interface SimulationConfig {
  readonly seed: number;
  readonly nodes: number;
  /** Nodes beside them, which may be taken in and may take the place of others. */
  readonly spares: number;
  readonly clients: number;
  /** So many of them, at random, use the SDK; the others speak the protocol in their own way. */
  readonly sdkRate: number;
  /** Faults and load last so long; then the world is healed and must recover. */
  readonly chaosMs: number;
  /** Faults begin here. */
  readonly calmMs: number;
  readonly leaseMs: number;
  /** The bound that the replicas are told. */
  readonly clockDriftPermille: number;
  /** The rates that the clocks really have: 1 ± so many thousandths. Above the bound only if the fault budget is `drift`. */
  readonly realDriftPermille: number;
  /** The time since boot is shown in steps of so much: 10 on Linux. */
  readonly uptimeGrainMs: number;
  readonly leases: boolean;
  readonly permuteTies: boolean;
  /** The product's own bounds are drawn too, far below those that it ships with. */
  readonly tightLimits: boolean;
  /** A checkpoint is due after so many bytes; 0: as it ships, which is never in a run. */
  readonly checkpointBytes: number;
  /** Datagrams are lost, repeated, brought back and overtaken; streams are in order and break. */
  readonly transport: 'datagram' | 'stream';
  /** Messages and client frames go through their real encoding. */
  readonly encodeMessages: boolean;
  readonly linkDelayUs: number;
  readonly linkJitterUs: number;
  readonly dropRate: number;
  /** So many messages are overtaken by everything that is sent within up to a second after them. */
  readonly reorderRate: number;
  readonly duplicateRate: number;
  readonly replayRate: number;
  readonly diskUs: number;
  readonly diskJitterUs: number;
  /** Inputs that arrive within so long share one turn and one reading of the clock; 0: each has its own. */
  readonly turnUs: number;
  /** On a crash, how probably the record being written is found on the disk. */
  readonly keepPendingRate: number;
  readonly faults: readonly (readonly [FaultKind, weight: number])[];
  readonly faultIntervalMs: number;
  readonly faultDurationMs: number;
  readonly operations: readonly (readonly [OperationKind, weight: number])[];
  readonly thinkMs: number;
  readonly outstanding: number;
  readonly keys: number;
  /** Some values are so long; 0: none are. */
  readonly longValueBytes: number;
  readonly locks: number;
  readonly counters: number;
  readonly sessionTtlMs: readonly [low: number, high: number];
  /** In the end a quorum is healed; the others are healed too, or gone for good, or go on failing in every way. */
  readonly minority: 'healed' | 'dead' | 'disturbing';
  /** Whether the faults stay within what the service promises to survive, and if not, how they go beyond it. */
  readonly budget: FaultBudget;
  /** What an operator sets the quota to, and when; none: it stays as it ships, and is never reached. */
  readonly quotas: readonly ScheduledQuota[];
  /** Until then each start of the last node is one of an older version, of the first feature level; 0: never. */
  readonly olderUntilMs: number;
  /** Between crashes in the midst of transfers, and of changes of the members if there are spares; 0: none. */
  readonly interruptionIntervalMs: number;
}

/** Damage that a node can see for itself. */
const damageKinds: readonly FaultKind[] = [
  'bitRot',
  'truncatedRecord',
  'lostRecord',
  'exchangedRecords',
  'misdirectedRecord',
  'lostDatabase',
  'damagedAnchor',
];

/** What they damage, another node can give back. */
const stateLossKinds: readonly FaultKind[] = ['damagedCheckpoint', 'misdirectedChunk', 'lostCheckpoints'];

/** What is fixed instead of drawn. */
export type ConfigOverrides = {
  readonly [Name in Exclude<keyof SimulationConfig, 'seed'>]?: SimulationConfig[Name] | undefined;
};

/** Shorter than most, and with fewer calls: more such runs fit into the same time. */
export const lightRun = { chaosMs: 10_000, thinkMs: 200 } as const satisfies ConfigOverrides;

/** Swarm testing (Groce et al., ISSTA 2012): a random subset of the features with random weights finds more than all of them at once. */
export function drawConfig(seed: number, overrides: ConfigOverrides = {}): SimulationConfig {
  const fixed = Object.entries(overrides).filter(([, value]) => value !== undefined);
  return { ...draw(seed, overrides.budget), ...Object.fromEntries(fixed) };
}

function draw(seed: number, fixedBudget: FaultBudget | undefined): SimulationConfig {
  const stream = new RandomStream(seed).fork('config');
  const nodes = stream.chance(0.7) ? 3 : 5;
  const wildNetwork = stream.chance(0.5);
  const transport = stream.chance(0.5) ? 'datagram' : 'stream';
  const lossy = transport === 'datagram' && stream.chance(0.7);
  const clockDriftPermille = stream.pick([0, 20, 100]);
  const budget = fixedBudget ?? drawBudget(stream.fork('budget'));
  const spares = budget === 'within' ? stream.fork('spares').pick([0, 0, 0, 1, 2]) : 0;
  const checkpointBytes = stream.fork('checkpoints').pick([0, 0, 1_500, 5_000, 20_000]);
  return {
    seed,
    nodes,
    spares,
    clients: stream.between(2, 4),
    sdkRate: stream.pick([0, 0.5, 1]),
    chaosMs: stream.between(10_000, 18_000),
    calmMs: stream.chance(0.2) ? 0 : 1_000,
    // Longer than the silence after which others campaign: then it is the grants that hold them back.
    leaseMs: budget === 'drift' ? 1_000 : stream.pick([100, 200, 300, 400, 1_000]),
    clockDriftPermille,
    realDriftPermille:
      budget === 'drift'
        ? drawExcessiveDrift(stream.fork('drift'), clockDriftPermille)
        : stream.pick([0, 0, 0.5, 1, 1]) * clockDriftPermille,
    uptimeGrainMs: stream.pick([0, 10]),
    leases: budget === 'drift' || stream.chance(0.8),
    permuteTies: stream.chance(0.5),
    tightLimits: stream.chance(0.3),
    checkpointBytes,
    transport,
    encodeMessages: stream.chance(0.25),
    linkDelayUs: stream.pick([50, 200, 1_000]),
    linkJitterUs: wildNetwork ? stream.pick([2_000, 10_000]) : 200,
    dropRate: lossy ? stream.pick([0.001, 0.02, 0.1]) : 0,
    reorderRate: lossy ? stream.pick([0, 0.01, 0.2]) : 0,
    duplicateRate: lossy ? stream.pick([0, 0.05, 0.2]) : 0,
    replayRate: lossy ? stream.pick([0, 0.01, 0.1]) : 0,
    diskUs: stream.pick([100, 1_000, 4_000]),
    diskJitterUs: stream.pick([100, 2_000, 20_000]),
    turnUs: stream.pick([0, 0, 100, 1_000]),
    keepPendingRate: stream.pick([0, 0.5, 1]),
    faults: [
      ...drawWeights(stream.fork('faults'), survivedFaultKinds, 0.4),
      // With members that come and go nobody could say how many may be lost.
      ...(spares > 0 ? drawChanges(stream.fork('changes')) : drawLosses(stream.fork('losses'), budget)),
      ...(checkpointBytes > 0 && spares === 0 ? drawStateLosses(stream.fork('losses of states'), budget) : []),
      // Where a clock is wrong it matters most to whoever believes in a lease.
      ...(budget === 'drift' ? [['staleLeader', 200] as const] : []),
    ],
    faultIntervalMs: stream.pick([300, 700, 1_500]),
    faultDurationMs: stream.pick([150, 500, 1_500, 3_000]),
    operations: [
      ...drawWeights(stream.fork('operations'), basicKinds, 0.6),
      ...drawWeights(stream.fork('operations on keys'), keyspaceKinds, 0.5).map(
        ([kind, weight]) => [kind, Math.ceil(weight / 3)] as const,
      ),
    ],
    thinkMs: stream.pick([30, 80, 200]),
    outstanding: stream.pick([1, 4, 16]),
    keys: stream.between(1, 6),
    longValueBytes: stream.chance(0.05) ? 100_000 : 0,
    locks: stream.between(1, 2),
    counters: stream.between(1, 2),
    sessionTtlMs: stream.pick([
      [300, 600],
      [500, 1_500],
      [1_000, 3_000],
    ]),
    minority: drawMinority(stream, spares),
    budget,
    quotas: drawQuotas(stream.fork('quotas')),
    olderUntilMs: stream.fork('older').pick([0, 0, 0, 0, 0, 0, 0, 4_000, 9_000, 1_000_000]),
    interruptionIntervalMs:
      checkpointBytes > 0 || spares > 0 ? stream.fork('interruptions').pick([0, 0, 700, 2_000]) : 0,
  };
}

/** Small enough to be reached, and lifted or lowered again. */
function drawQuotas(stream: RandomStream): ScheduledQuota[] {
  if (!stream.chance(0.25)) return [];
  const quotas: ScheduledQuota[] = [];
  for (let atMs = stream.between(1_000, 4_000); atMs < 20_000; atMs += stream.between(1_000, 5_000)) {
    quotas.push({ atMs, quotaBytes: stream.pick([0, 8_000, 15_000, 40_000, 150_000]) });
  }
  return quotas;
}

/** Where members come and go, nobody is left behind in the end. */
function drawMinority(stream: RandomStream, spares: number): SimulationConfig['minority'] {
  const drawn = stream.pick(['healed', 'healed', 'dead', 'dead', 'disturbing'] as const);
  return spares > 0 ? 'healed' : drawn;
}

/** Often enough that there are several in a run. */
function drawChanges(stream: RandomStream): [FaultKind, number][] {
  return drawWeights(stream, memberFaultKinds, 0.9).map(([kind, weight]) => [kind, 3 * weight]);
}

/** Twice to five times the bound, though a clock that is wrong by a third is wrong enough. */
function drawExcessiveDrift(stream: RandomStream, boundPermille: number): number {
  return boundPermille === 0 ? stream.pick([50, 200, 300]) : Math.min(300, boundPermille * stream.real(2, 5));
}

function drawBudget(stream: RandomStream): FaultBudget {
  if (stream.chance(0.03)) return 'drift';
  if (!stream.chance(0.05)) return 'within';
  return stream.pick(['corruption', 'rollback']);
}

/** A node that is lost early is missing for the rest of the run, so most runs lose none. */
function drawLosses(stream: RandomStream, budget: FaultBudget): [FaultKind, number][] {
  switch (budget) {
    case 'within':
    case 'drift':
      return stream.chance(0.3) ? drawWeights(stream, lossFaultKinds, 0.4) : [];
    case 'corruption':
      return drawWeights(stream, damageKinds, 0.7);
    case 'rollback':
      return [['oldDiskImage', 100]];
  }
}

/** Others can give back what is lost so. */
function drawStateLosses(stream: RandomStream, budget: FaultBudget): [FaultKind, number][] {
  return budget !== 'rollback' && stream.chance(0.3) ? drawWeights(stream, stateLossKinds, 0.7) : [];
}

/** Each feature is on with that probability, with a weight of 1 to 100; at least one is on. */
function drawWeights<T>(stream: RandomStream, features: readonly T[], rate: number): [T, number][] {
  const drawn: [T, number][] = [];
  for (const feature of features) {
    const on = stream.chance(rate);
    const weight = stream.between(1, 100);
    if (on) drawn.push([feature, weight]);
  }
  if (drawn.length === 0) drawn.push([stream.pick(features), 1]);
  return drawn;
}
