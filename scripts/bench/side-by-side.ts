import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchCluster, StartCluster } from './clusters/bench-cluster.ts';
import type { Load, Measurement } from './load.ts';
import { type Figure, isMet, longestGapGoalMs, type PeerName, type Row } from './table.ts';

export type SystemName = 'conclave' | PeerName;

export interface SideBySideOptions {
  /** Figures beside one that is absent are left out. */
  readonly systems: Readonly<Record<'conclave' | 'etcd', StartCluster> & Partial<Record<SystemName, StartCluster>>>;
  readonly rows: readonly Row[];
  readonly pairs: number;
  /** Of `gap`. */
  readonly trials: number;
  readonly valueBytes: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
  readonly onProgress: (text: string) => void;
}

export interface RatioReport {
  readonly name: string;
  readonly peer: PeerName;
  readonly min: number;
  readonly median: number;
  readonly max: number;
  readonly goal: string;
  readonly met: boolean;
}

export interface RowReport {
  readonly name: string;
  readonly title: string;
  /** One each for every pair, in turn. */
  readonly runs: Readonly<Partial<Record<SystemName, readonly Measurement[]>>>;
  readonly ratios: readonly RatioReport[];
  /** Conclave's elections that nothing called for. */
  readonly leader_changes: number;
}

/** Each system alone on the machine, one after the other, so many times; a ratio compares neighbours in time. */
export async function measureSideBySide(options: SideBySideOptions): Promise<readonly RowReport[]> {
  const reports: RowReport[] = [];
  for (const row of options.rows) reports.push(await measureRow(row, options));
  return reports;
}

async function measureRow(row: Row, options: SideBySideOptions): Promise<RowReport> {
  const isGap = row.load.scenario === 'gap';
  const figures = row.figures.filter(({ peer }) => options.systems[peer] !== undefined);
  const peers = new Set<PeerName>(['etcd', ...figures.map(({ peer }) => peer)]);
  const systems = [...peers, 'conclave' as const].map((name) => [name, options.systems[name] as StartCluster] as const);
  const runs: Partial<Record<SystemName, Measurement[]>> = {};
  const rounds = isGap ? options.trials : options.pairs;
  let leaderChanges = 0;
  for (let round = 1; round <= rounds; round += 1) {
    // Nobody always has the disk that the other has just left.
    for (const [name, start] of round % 2 === 0 ? [...systems].reverse() : systems) {
      const { measurement, changes } = await measureOne(start, row, options);
      runs[name] ??= [];
      runs[name].push(measurement);
      if (name === 'conclave' && !isGap) leaderChanges += changes ?? 0;
      options.onProgress(`${row.name} ${round}/${rounds} ${name}: ${brief(measurement)}`);
    }
  }
  const ratios = isGap ? [gapReport(runs.conclave ?? [])] : figures.map((figure) => ratioReport(figure, runs));
  return { name: row.name, title: row.title, runs, ratios, leader_changes: leaderChanges };
}

async function measureOne(
  start: StartCluster,
  { load: { scenario, clients, connections }, measureMs: ownMeasureMs }: Row,
  { valueBytes, warmUpMs, measureMs: usualMeasureMs }: SideBySideOptions,
): Promise<{ readonly measurement: Measurement; readonly changes: number | undefined }> {
  const measureMs = ownMeasureMs ?? usualMeasureMs;
  const cluster = await start();
  try {
    const load: Load = { scenario, clients, connections, valueBytes, warmUpMs, measureMs };
    const measurement =
      scenario === 'gap' ? await measureKill(cluster, load, measureMs / 3) : await cluster.measure(load);
    return { measurement, changes: await cluster.leaderChanges() };
  } finally {
    await cluster.close();
  }
}

/** The leader is killed so long after the measurement has begun, however long the load took to get there. */
async function measureKill(cluster: BenchCluster, load: Load, delayMs: number): Promise<Measurement> {
  let killing: Promise<void> | undefined;
  let wasKilled = false;
  const kill = async (): Promise<void> => {
    await sleep(delayMs);
    await cluster.killLeader();
    wasKilled = true;
  };
  const measurement = await cluster.measure(load, () => {
    killing = kill();
    // Whoever waits for it below is told.
    killing.catch(() => undefined);
  });
  if (!wasKilled) {
    await killing;
    throw new Error('the measurement was over before the leader was killed');
  }
  return measurement;
}

function ratioReport({ name, peer, ratio, goal }: Figure, runs: RowReport['runs']): RatioReport {
  const ratios = (runs.conclave ?? []).flatMap((ours, index) => {
    const peers = runs[peer]?.[index];
    return peers === undefined ? [] : [ratio(ours, peers)];
  });
  const spread = spreadOf(ratios);
  const text = 'atLeast' in goal ? `>= ${goal.atLeast}` : `<= ${goal.atMost}`;
  return { name, peer, ...spread, goal: text, met: isMet(goal, spread.median) };
}

/** The goal is set for the worst, and in milliseconds. */
function gapReport(ours: readonly Measurement[]): RatioReport {
  const spread = spreadOf(ours.map((run) => run.longest_gap_ms));
  const goal = `worst <= ${longestGapGoalMs} ms`;
  return { name: 'longest gap, ms', peer: 'etcd', ...spread, goal, met: spread.max <= longestGapGoalMs };
}

/** Of an even number of values the lower of the two in the middle is the median. */
export function spreadOf(values: readonly number[]): { min: number; median: number; max: number } {
  const sorted = [...values].sort((a, b) => a - b).map((value) => Math.round(value * 1000) / 1000);
  const [min = 0] = sorted;
  return { min, median: sorted[(sorted.length - 1) >> 1] ?? 0, max: sorted.at(-1) ?? 0 };
}

export function brief(run: Measurement): string {
  if (run.scenario === 'gap') return `longest gap ${run.longest_gap_ms} ms`;
  return `${run.ops_per_s}/s, p50 ${run.p50_ms} ms, p99 ${run.p99_ms} ms`;
}
