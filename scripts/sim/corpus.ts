import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type PlanFile, parsePlanFile } from '../../src/testing/simulation/plan-file.ts';
import { runPlan, type SimulationReport } from '../../src/testing/simulation/run-simulation.ts';

const corpusDirectory = resolve(import.meta.dirname, '../../test/simulation/corpus');

export interface CorpusEntry {
  readonly name: string;
  readonly path: string;
  readonly file: PlanFile;
}

/** The plans of past failures, by name; none where only the sources are. @throws Error that names the file, if one is no plan */
export function readCorpus(): CorpusEntry[] {
  if (!existsSync(corpusDirectory)) return [];
  const names = readdirSync(corpusDirectory).filter((name) => name.endsWith('.json'));
  return names.sort().map((name) => {
    const path = join(corpusDirectory, name);
    return { name, path, file: readPlanFile(path) };
  });
}

/** @throws Error that names the file */
export function readPlanFile(path: string): PlanFile {
  try {
    return parsePlanFile(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`${path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

export interface CorpusResult {
  readonly entry: CorpusEntry;
  readonly report: SimulationReport;
}

/** All of them, in the order of their names. */
export function runCorpus(): CorpusResult[] {
  return readCorpus().map((entry) => ({ entry, report: runPlan(entry.file.plan) }));
}
