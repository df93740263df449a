import { expect, test } from 'vitest';
import type { BenchCluster } from '../../scripts/bench/clusters/bench-cluster.ts';
import type { Load, Measurement } from '../../scripts/bench/load.ts';
import { tableText } from '../../scripts/bench/print-table.ts';
import { measureSideBySide, type SystemName } from '../../scripts/bench/side-by-side.ts';
import { table } from '../../scripts/bench/table.ts';

const rowNamed = (name: string) => table.filter((row) => row.name === name);

/** Systems that measure nothing, but tell who did what when. */
class Systems {
  readonly log: string[] = [];
  readonly #throughputs: Record<SystemName, readonly number[]>;
  readonly #changes: number;
  readonly #endsEarly: boolean;
  #onKilled: () => void = () => undefined;

  constructor(
    throughputs: Partial<Record<SystemName, readonly number[]>>,
    { changes = 0, endsEarly = false }: { readonly changes?: number; readonly endsEarly?: boolean } = {},
  ) {
    this.#throughputs = { conclave: [1], etcd: [1], 'bare pipe': [1], 'npm etcd3': [1], ...throughputs };
    this.#changes = changes;
    this.#endsEarly = endsEarly;
  }

  get all() {
    return {
      conclave: () => this.#start('conclave'),
      etcd: () => this.#start('etcd'),
      'bare pipe': () => this.#start('bare pipe'),
      'npm etcd3': () => this.#start('npm etcd3'),
    };
  }

  async #start(name: SystemName): Promise<BenchCluster> {
    const round = this.log.filter((line) => line === `start ${name}`).length;
    this.log.push(`start ${name}`);
    return {
      measure: async (load, onMeasuring) => {
        if (load.scenario === 'gap' && !this.#endsEarly)
          await new Promise<void>((resolve) => this.#measure(resolve, onMeasuring));
        return measured(load, this.#throughputs[name][round] ?? 0);
      },
      leaderChanges: async () => this.#changes,
      killLeader: async () => {
        this.log.push(`kill ${name}`);
        this.#onKilled();
      },
      close: async () => void this.log.push(`close ${name}`),
    };
  }

  /** Until the leader was killed. */
  #measure(resolve: () => void, onMeasuring: (() => void) | undefined): void {
    this.#onKilled = () => setImmediate(resolve);
    onMeasuring?.();
  }
}

function measured({ scenario, clients, connections, valueBytes }: Load, figure: number): Measurement {
  const latencies = { p50_ms: figure, p99_ms: figure, max_ms: figure, longest_gap_ms: figure };
  const counts = { ops: figure, seconds: 1, ops_per_s: figure, value_size: valueBytes };
  return { scenario, clients, connections, ...counts, ...latencies };
}

const sizes = { pairs: 3, trials: 2, valueBytes: 256, warmUpMs: 0, measureMs: 15, onProgress: () => undefined };

test('each system is alone on the machine, and the order changes from pair to pair', async () => {
  const systems = new Systems({});
  await measureSideBySide({ systems: systems.all, rows: rowNamed('get-64'), ...sizes });
  expect(systems.log).toEqual(
    ['etcd', 'conclave', 'conclave', 'etcd', 'etcd', 'conclave'].flatMap((name) => [`start ${name}`, `close ${name}`]),
  );
});

test('ratios are of the runs of one pair; the median decides', async () => {
  const systems = new Systems({ conclave: [600, 300, 700], etcd: [100, 100, 100] });
  const [row] = await measureSideBySide({ systems: systems.all, rows: rowNamed('get-64'), ...sizes });
  expect(row?.ratios).toEqual([
    { name: 'throughput', peer: 'etcd', min: 3, median: 6, max: 7, goal: '>= 6', met: true },
  ]);
  const slower = new Systems({ conclave: [590, 590, 700], etcd: [100, 100, 100] });
  const [missed] = await measureSideBySide({ systems: slower.all, rows: rowNamed('get-64'), ...sizes });
  expect(missed?.ratios[0]).toMatchObject({ median: 5.9, met: false });
  expect(tableText(missed === undefined ? [] : [missed])).toMatch(/linearizable get.* 590\/s.* 5\.9 .*missed/);
});

test('a lone put is held against the bare pipe, too', async () => {
  const systems = new Systems({ conclave: [1, 1, 1], etcd: [2, 2, 2], 'bare pipe': [0.5, 0.5, 0.5] });
  const [row] = await measureSideBySide({ systems: systems.all, rows: rowNamed('put-1'), ...sizes });
  expect(row?.ratios).toMatchObject([
    { peer: 'etcd', median: 0.5, goal: '<= 0.8', met: true },
    { peer: 'bare pipe', median: 2, goal: '<= 1.25', met: false },
  ]);
});

test('locks are held against the npm package, too, if it is there', async () => {
  const throughputs = { conclave: [8, 8, 8], etcd: [4, 4, 4], 'npm etcd3': [2, 2, 2] };
  const systems = new Systems(throughputs);
  const [row] = await measureSideBySide({ systems: systems.all, rows: rowNamed('lock-1'), ...sizes });
  expect(row?.ratios).toMatchObject([
    { peer: 'etcd', median: 2, met: true },
    { peer: 'npm etcd3', median: 4, goal: '>= 4', met: true },
  ]);

  const { 'npm etcd3': _, ...others } = new Systems(throughputs).all;
  const [without] = await measureSideBySide({ systems: others, rows: rowNamed('lock-1'), ...sizes });
  expect(without?.ratios).toMatchObject([{ peer: 'etcd', median: 2 }]);
  expect(Object.keys(without?.runs ?? {})).toEqual(['etcd', 'conclave']);
});

test('the leader is killed while the load runs, and the worst trial counts', async () => {
  const systems = new Systems({ conclave: [200, 601], etcd: [1_000, 2_000] }, { changes: 1 });
  const [row] = await measureSideBySide({ systems: systems.all, rows: rowNamed('gap'), ...sizes });
  expect(systems.log.filter((line) => line === 'kill conclave')).toHaveLength(2);
  expect(row).toMatchObject({ ratios: [{ min: 200, max: 601, met: false }], leader_changes: 0 });
});

test('a measurement that is over before the leader was killed does not count', async () => {
  const systems = new Systems({}, { endsEarly: true });
  const measuring = measureSideBySide({ systems: systems.all, rows: rowNamed('gap'), ...sizes });
  await expect(measuring).rejects.toThrow('over before the leader was killed');
});

test('an election that nothing called for is told', async () => {
  const [row] = await measureSideBySide({
    systems: new Systems({}, { changes: 1 }).all,
    rows: rowNamed('get-64'),
    ...sizes,
  });
  expect(row?.leader_changes).toBe(3);
  expect(tableText(row === undefined ? [] : [row])).toContain('3 changes of leader');
});

test('a row may take a time of its own, and judge ours alone', async () => {
  const [sustained] = table.filter(({ name }) => name === 'sustained');
  if (sustained === undefined) throw new Error('no such row');
  const asked: number[] = [];
  const cluster = (slowestSecond: number | undefined): Promise<BenchCluster> =>
    Promise.resolve({
      measure: async (load) => {
        asked.push(load.measureMs);
        return { ...measured(load, 300), slowest_second: slowestSecond };
      },
      leaderChanges: async () => 0,
      killLeader: async () => undefined,
      close: async () => undefined,
    });
  const systems = { ...new Systems({}).all, conclave: () => cluster(0.4), etcd: () => cluster(undefined) };
  const [row] = await measureSideBySide({ systems, rows: [sustained], ...sizes, pairs: 1 });
  expect(asked).toEqual([60_000, 60_000]);
  expect(row?.ratios).toMatchObject([
    { name: 'throughput', median: 1 },
    { median: 0.4, met: false },
  ]);
});
