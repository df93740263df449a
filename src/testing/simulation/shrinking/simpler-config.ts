import { sameStructure } from '../../checkers/structural-equality.ts';
import type { SimulationConfig } from '../config.ts';
import type { RunPlan } from '../run-plan.ts';

type Field = keyof SimulationConfig;

/** What is simplest to think about, first. What only matters for drawing is not needed: a plan has its faults and calls already. */
const simpler: { readonly [Name in Field]?: readonly SimulationConfig[Name][] } = {
  nodes: [3],
  spares: [0, 1],
  sdkRate: [0, 1],
  permuteTies: [false],
  tightLimits: [false],
  checkpointBytes: [0],
  quotas: [[]],
  olderUntilMs: [0],
  encodeMessages: [false],
  minority: ['healed'],
  transport: ['stream'],
  dropRate: [0],
  reorderRate: [0],
  duplicateRate: [0],
  replayRate: [0],
  linkJitterUs: [0, 200],
  linkDelayUs: [50, 200],
  diskJitterUs: [0, 100, 2_000],
  diskUs: [100, 1_000],
  turnUs: [0],
  uptimeGrainMs: [0],
  realDriftPermille: [0],
  clockDriftPermille: [0],
  keepPendingRate: [1, 0],
  leases: [false],
  outstanding: [1],
  keys: [1],
  locks: [1],
  counters: [1],
  longValueBytes: [0],
  faults: [[]],
  interruptionIntervalMs: [0],
  operations: [[]],
};

/** Numbers that are made smaller one by one. */
const fewer: readonly ('clients' | 'keys' | 'locks' | 'counters' | 'outstanding')[] = [
  'clients',
  'keys',
  'locks',
  'counters',
  'outstanding',
];

/** Makes one thing about a plan's world simpler; several candidates come with the simplest first. */
export type Simplification = (plan: RunPlan) => readonly SimulationConfig[];

export const simplifications: readonly Simplification[] = [
  shorterChaos,
  ...Object.entries(simpler).map(([name, values]) => simplerValue(name as Field, values)),
  ...fewer.map(oneLess),
];

function simplerValue(name: Field, values: readonly unknown[]): Simplification {
  return ({ config }) => {
    // What stands behind the present value is no simpler than it.
    const at = values.findIndex((value) => sameStructure(value, config[name]));
    const better = at < 0 ? values : values.slice(0, at);
    return better.map((value) => ({ ...config, [name]: value })).filter(isPossible);
  };
}

function oneLess(name: (typeof fewer)[number]): Simplification {
  return ({ config }) => (config[name] > 1 ? [{ ...config, [name]: config[name] - 1 }] : []);
}

function shorterChaos({ config, faults, calls }: RunPlan): SimulationConfig[] {
  const lastMs = Math.max(0, ...faults.map(({ atMs }) => atMs), ...calls.map(({ atMs }) => atMs));
  const candidates = [0, 100, 1_000, 3_000].map((afterMs) => Math.ceil(lastMs) + afterMs);
  return candidates.filter((chaosMs) => chaosMs < config.chaosMs).map((chaosMs) => ({ ...config, chaosMs }));
}

/** Clocks are never worse than the replicas are told. */
function isPossible({ realDriftPermille, clockDriftPermille }: SimulationConfig): boolean {
  return realDriftPermille <= clockDriftPermille;
}
