/**
 * Load on a cluster of processes with fsync on.
 *
 *   npm run bench -- --scenario put --clients 64 --connections 16
 *   npm run bench -- --against etcd
 */
import { writeFile } from 'node:fs/promises';
import { cpus, release, totalmem } from 'node:os';
import { BarePipe } from './bench/clusters/bare-pipe.ts';
import { ConclaveCluster, loadConclave } from './bench/clusters/conclave-cluster.ts';
import { EtcdCluster } from './bench/clusters/etcd-cluster.ts';
import { buildGoLoader } from './bench/clusters/etcd-go-loader.ts';
import { installNpmEtcd3 } from './bench/clusters/npm-etcd3-loader.ts';
import { curvesText, measureCurves } from './bench/curves.ts';
import type { Load, Measurement } from './bench/load.ts';
import { type BenchOptions, benchCommand } from './bench/options.ts';
import { throughputAgainstLatency } from './bench/plot.ts';
import { tableText } from './bench/print-table.ts';
import { brief, measureSideBySide, type SideBySideOptions } from './bench/side-by-side.ts';
import { measureSize } from './bench/size.ts';

const options = benchCommand.parse().opts<BenchOptions>();
const say = (text: string): void => void process.stderr.write(`${text}\n`);
if (options.against === 'etcd') await compareWithEtcd();
else if (options.curves) await drawCurves();
else if (options.size !== undefined) {
  print(await measureSize({ keys: options.size, valueBytes: options.valueSize, onProgress: say }));
} else print(await measureOnce());

async function measureOnce(): Promise<Measurement> {
  const {
    scenario,
    clients,
    ops: operations,
    endpoints,
    valueSize: valueBytes,
    warmUp: warmUpMs,
    nodes,
    keys,
  } = options;
  const connections = Math.min(options.connections, clients);
  const load: Load = {
    scenario,
    clients,
    connections,
    valueBytes,
    warmUpMs,
    measureMs: operations === undefined ? options.seconds * 1_000 : 600_000,
    operations,
    keys,
  };
  if (endpoints !== undefined)
    return await loadConclave(load, endpoints.split(','), { profileDirectory: options.profile });
  if (!options.json) say(`${scenario}: ${clients} clients on ${connections} connections, ${nodes} nodes`);
  const cluster = await ConclaveCluster.start(nodes, options.profile);
  try {
    return await cluster.measure(load);
  } finally {
    await cluster.close();
  }
}

async function drawCurves(): Promise<void> {
  const { valueSize: valueBytes, warmUp: warmUpMs, seconds } = options;
  const sizes = { valueBytes, warmUpMs, measureMs: seconds * 1_000 };
  const reports = await measureCurves(sizes, say);
  if (options.json) print({ date: new Date().toISOString(), machine: machine(), ...sizes, points: reports });
  else process.stdout.write(`${machineText()}\n${curvesText(reports)}\n`);
}

async function compareWithEtcd(): Promise<void> {
  const { rows, pairs, trials, valueSize: valueBytes, warmUp: warmUpMs, seconds } = options;
  await using loader = await buildGoLoader();
  await using npmEtcd3 = options.npmEtcd3 ? await installNpmEtcd3() : undefined;
  const systems: SideBySideOptions['systems'] = {
    conclave: () => ConclaveCluster.start(),
    etcd: () => EtcdCluster.start(loader),
    'bare pipe': () => BarePipe.start(),
    ...(npmEtcd3 && { 'npm etcd3': () => EtcdCluster.start(npmEtcd3) }),
  };
  const sizes = { pairs, trials, valueBytes, warmUpMs, measureMs: seconds * 1_000 };
  const reports = await measureSideBySide({ systems, rows, ...sizes, onProgress: say });
  if (options.plot !== undefined) await writeFile(options.plot, await drawPlot(systems, sizes));
  if (options.json) print({ date: new Date().toISOString(), machine: machine(), ...sizes, rows: reports });
  else process.stdout.write(`${machineText()}\n${tableText(reports)}\n`);
}

/** Puts, with more and more clients. */
async function drawPlot(
  { etcd, conclave }: SideBySideOptions['systems'],
  { valueBytes, warmUpMs, measureMs }: Pick<SideBySideOptions, 'valueBytes' | 'warmUpMs' | 'measureMs'>,
): Promise<string> {
  const curveOf = async (name: string, start: typeof etcd): Promise<readonly Measurement[]> => {
    const points: Measurement[] = [];
    for (const clients of [1, 4, 16, 64, 256, 1_000]) {
      const cluster = await start();
      const connections = Math.ceil(clients / 10);
      const point = await cluster
        .measure({ scenario: 'put', clients, connections, valueBytes, warmUpMs, measureMs })
        .finally(() => cluster.close());
      points.push(point);
      say(`plot ${name}, ${clients} clients: ${brief(point)}`);
    }
    return points;
  };
  return throughputAgainstLatency(`Puts of ${valueBytes} bytes on three nodes, by number of clients`, [
    { name: 'etcd', color: '#c1440e', points: await curveOf('etcd', etcd) },
    { name: 'Conclave', color: '#1f6fb2', points: await curveOf('Conclave', conclave) },
  ]);
}

function machine() {
  const { node } = process.versions;
  return { cpus: cpus().length, model: cpus()[0]?.model ?? '', memory_bytes: totalmem(), kernel: release(), node };
}

function machineText(): string {
  const { cpus: count, model, memory_bytes: bytes, kernel, node } = machine();
  return `${count} × ${model}, ${Math.round(bytes / 2 ** 30)} GiB, Linux ${kernel}, Node.js ${node}`;
}

function print(result: unknown): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
