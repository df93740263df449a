import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { expect, vi } from 'vitest';
import type { DirectoryReport } from '../../../src/cli/inspect/directory-report.ts';
import { snapshotOf } from '../../storage/directory-snapshot.ts';
import { temporaryDirectory } from '../../storage/journals.ts';
import { World, type WorldOptions } from '../fake-context.ts';

export interface Inspected {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `conclave inspect`, which must neither change anything in the directory nor leave anything elsewhere. */
export async function inspect(
  directory: string,
  words: readonly string[] = [],
  options: WorldOptions & { readonly during?: (world: World) => void } = {},
): Promise<Inspected> {
  const world = new World(options);
  const temporary = path.join(await temporaryDirectory(), 'temporary');
  await mkdir(temporary);
  const before = await snapshotOf(directory);
  vi.stubEnv('TMPDIR', temporary);
  try {
    const running = world.run('inspect', directory, ...words);
    options.during?.(world);
    const exitCode = await running;
    return { exitCode, stdout: world.stdout.text, stderr: world.stderr.text };
  } finally {
    vi.unstubAllEnvs();
    expect(await readdir(temporary)).toEqual([]);
    expect(await snapshotOf(directory)).toEqual(before);
  }
}

/** What `--json` says, which must agree with the exit code. */
export async function reportOf(directory: string): Promise<DirectoryReport> {
  const { exitCode, stdout, stderr } = await inspect(directory, ['--json']);
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^\{.*\}\n$/);
  const report = JSON.parse(stdout) as DirectoryReport;
  expect(exitCode).toBe(report.healthy ? 0 : 1);
  return report;
}
