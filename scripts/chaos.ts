// A cluster of real processes under load and faults, from a seed: `npm run chaos -- --help`.
import { randomInt } from 'node:crypto';
import { copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import pc from 'picocolors';
import { type ChaosFaultKind, chaosFaultKinds, kindsNamed } from '../src/testing/chaos/faults/fault-kinds.ts';
import { detectMeans } from '../src/testing/chaos/faults/means.ts';
import { possibleKinds } from '../src/testing/chaos/faults/possible-kinds.ts';
import { historyFileName, runChaos } from '../src/testing/chaos/run/chaos-run.ts';
import { drawRounds } from '../src/testing/chaos/run/draw-rounds.ts';
import { timelineData } from '../src/testing/chaos/timeline/timeline-data.ts';
import { timelineHtml } from '../src/testing/chaos/timeline/timeline-html.ts';
import { type ChaosOptions, parseOptions, repeatCommand } from './chaos/options.ts';
import { jsonResult, printReport, printSchedule } from './chaos/print.ts';
import { abortedOnInterrupt } from './interrupt.ts';

interface WorkloadTraits {
  readonly sessionTtlMs: number;
  readonly leastThroughput: number;
  readonly faults: readonly ChaosFaultKind[];
}

const workloads: Readonly<Record<ChaosOptions['workload'], WorkloadTraits>> = {
  mixed: { sessionTtlMs: 2_000, leastThroughput: 20, faults: chaosFaultKinds },
  locks: { sessionTtlMs: 2_000, leastThroughput: 2, faults: kindsNamed('holder') ?? [] },
};

async function main(options: ChaosOptions): Promise<0 | 1> {
  const { minutes, nodes, workload, workers, json, history } = options;
  const { sessionTtlMs, ...defaults } = workloads[workload];
  const { faults = defaults.faults, leastThroughput = defaults.leastThroughput } = options;
  const seed = options.seed ?? randomInt(2 ** 32);
  const means = await detectMeans();
  const { kinds, skipped } = possibleKinds(faults, means);
  const rounds = drawRounds({ seed, minutes, kinds, sessionTtlMs });
  console.log(`seed ${seed}, ${nodes} nodes, ${minutes} minutes, workload ${workload}`);
  printSchedule(rounds, skipped);

  const directory = path.resolve('chaos-runs', `${new Date().toISOString().replaceAll(':', '-')}-seed-${seed}`);
  const say = (line: string): void => console.log(line.startsWith('  ') ? pc.dim(line) : line);
  const signal = abortedOnInterrupt();
  const keepFailure = (): void => {
    console.log(`logs and data: ${directory}`);
    console.log(`repeat with: ${pc.bold(repeatCommand(options, seed))}`);
  };
  try {
    const run = {
      seed,
      minutes,
      nodes,
      rounds,
      workload,
      workers,
      sessionTtlMs,
      means,
      skipped,
      directory,
      leastThroughput,
    };
    const { report, lines } = await runChaos({ ...run, say, signal });
    const timeline = path.join(directory, 'timeline.html');
    await writeFile(timeline, timelineHtml(timelineData(report, lines)));
    printReport(report);
    console.log(`timeline: ${timeline}`);
    const isGood = report.verdict === 'ok';
    if (history !== undefined) await copyHistory(directory, history);
    if (isGood) await removeData(directory, timeline);
    else keepFailure();
    if (json) console.log(JSON.stringify(jsonResult(report, minutes, timeline)));
    return isGood ? 0 : 1;
  } catch (error) {
    keepFailure();
    throw error;
  }
}

async function copyHistory(directory: string, file: string): Promise<void> {
  await mkdir(path.dirname(path.resolve(file)), { recursive: true });
  await copyFile(path.join(directory, historyFileName), file);
  console.log(`history: ${path.resolve(file)}`);
}

/** All but the timeline. */
async function removeData(directory: string, timeline: string): Promise<void> {
  const names = (await readdir(directory)).filter((name) => name !== path.basename(timeline));
  await Promise.all(names.map((name) => rm(path.join(directory, name), { recursive: true })));
}

try {
  process.exitCode = await main(parseOptions(process.argv));
} catch (error) {
  console.error(pc.red(error instanceof Error ? error.message : String(error)));
  process.exitCode = 1;
}
