import { runCommandLine } from '../../src/cli/command-line.ts';
import { processContext } from '../../src/cli/process-context.ts';
import type { ProcessNode } from '../../src/testing/cluster/process-node.ts';
import type { TestCluster } from '../../src/testing/cluster/test-cluster.ts';
import { waitFor } from '../../src/testing/cluster/wait-for.ts';
import { MemoryStream } from '../cli/fake-context.ts';
import { entryPoint, type Finished } from '../cli/support.ts';

/** Runs a command line of `conclave` against the nodes of a cluster, without a process of its own: that would take longer than the rest. */
export async function conclave(cluster: TestCluster<ProcessNode>, words: readonly string[]): Promise<Finished> {
  const [stdout, stderr] = [new MemoryStream(false), new MemoryStream(false)];
  const exitCode = await runCommandLine(words, {
    ...processContext(entryPoint),
    stdout,
    stderr,
    stdinIsTerminal: false,
    environment: { CONCLAVE_ENDPOINTS: cluster.endpoints.join(',') },
  });
  return { exitCode, stdout: stdout.text, stderr: stderr.text };
}

/** Runs it, expects that it succeeds, and gives what `--json` prints. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the command prints, to be compared
export async function done(cluster: TestCluster<ProcessNode>, ...words: readonly string[]): Promise<any> {
  const { exitCode, stdout, stderr } = await conclave(cluster, [...words, '--json']);
  if (exitCode !== 0) throw new Error(`conclave ${words.join(' ')}: exit code ${exitCode}\n${stdout}${stderr}`);
  return JSON.parse(stdout);
}

/** Removes a member, and expects that its process ends by itself. */
export async function removed(cluster: TestCluster<ProcessNode>, id: string): Promise<void> {
  await done(cluster, 'member', 'remove', id, '--yes');
  await cluster.node(id).exited();
  await cluster.dismiss(id);
}

/** By name, as the leader knows them; only those that vote unless `all`. */
export async function members(cluster: TestCluster<ProcessNode>, all = false): Promise<readonly string[]> {
  const leader = await cluster.leader();
  const report = await waitFor('a report of the leader', () => leader.report(), { timeoutMs: 5_000 });
  return report.members.filter(({ standing }) => all || standing === 'VOTER').map(({ nodeId }) => nodeId);
}
