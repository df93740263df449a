import type { Command } from 'commander';
import { type ClusterStatus, type MemberStatus, surveyCluster } from '../cluster-status.ts';
import { addCommonOptions, type CommonOptions, commonOptions } from '../common-options.ts';
import type { CommandContext } from '../context.ts';
import { formatUptime } from '../duration.ts';
import { exitCodes } from '../exit-code.ts';
import { ClusterUnavailable, describeFailure } from '../failure.ts';
import { type Colors, colorsFor, writeJson, writeLine, writeMessage } from '../output.ts';
import { formatSize } from '../size.ts';
import { paintOf } from '../state-colors.ts';
import { alignedRows } from '../table.ts';
import { addExamples, type CommandModule } from './command-module.ts';

export const addStatus: CommandModule = (parent, context, complete) => {
  const command = parent
    .command('status')
    .description('show the leader and every member; exit code 69 without a leader');
  addCommonOptions(command, {
    timeout: 'how long to wait for a node to answer (default: 1s)',
    json: 'print {clusterId,leader,revision,featureLevel,residentBytes,quotaBytes,failureTolerance,membersSlot,members}',
  });
  addExamples(command, [
    ['conclave status', 'a table'],
    ['conclave status --json', 'for programs'],
    ['conclave status --endpoints 127.0.0.1:7101', 'one node is enough: it names the others'],
  ]);
  command.action(async (_options: unknown, self: Command) => {
    complete(await status(context, commonOptions(self, context.environment)));
  });
};

async function status(context: CommandContext, options: CommonOptions): Promise<number> {
  const survey = await surveyCluster(context, options.endpoints, options.timeoutMs);
  const cluster = survey.status;
  if (options.json) await writeJson(context.stdout, cluster);
  else await writeLine(context.stdout, statusText(cluster, context));
  if (cluster.leader !== null) return exitCodes.success;
  for (const line of describeFailure(new ClusterUnavailable(survey.reports, undefined)).lines) {
    await writeMessage(context.stderr, line);
  }
  return exitCodes.unavailable;
}

function statusText(cluster: ClusterStatus, { stdout, environment }: CommandContext): string {
  const colors = colorsFor(stdout, environment);
  const rows = [
    ['MEMBER', 'STATE', 'ADDRESS', 'BALLOT', 'CHOSEN', 'APPLIED', 'CHECKPOINT', 'PID', 'VERSION', 'UP'].map((title) =>
      colors.dim(title),
    ),
    ...cluster.members.map((member) => memberRow(member, colors)),
  ];
  const summary = [
    `cluster ${cluster.clusterId ?? 'unknown'}`,
    `leader ${cluster.leader ?? colors.red('none')}`,
    `revision ${cluster.revision ?? 'unknown'}`,
    `can lose ${cluster.failureTolerance} more`,
    ...roomText(cluster, colors),
  ];
  const alarms = cluster.members.flatMap(({ id, alarm }) =>
    alarm === null ? [] : [colors.red(`alarm ${id}: ${alarm}`)],
  );
  return [alignedRows(rows, stdout.isTTY === true), summary.join('   '), ...alarms].join('\n');
}

/** Coloured as the node's log warns. */
function roomText({ residentBytes, quotaBytes, featureLevel }: ClusterStatus, colors: Colors): readonly string[] {
  if (residentBytes === null || featureLevel === null) return [];
  const size = formatSize(residentBytes);
  if (quotaBytes === null) return [`state ${size}`, `feature level ${featureLevel}`];
  const used = residentBytes / quotaBytes;
  const paint = used >= 0.95 ? colors.red : used >= 0.8 ? colors.yellow : String;
  return [paint(`state ${size} of ${formatSize(quotaBytes)}`), `feature level ${featureLevel}`];
}

function memberRow(member: MemberStatus, colors: Colors): string[] {
  const paint = paintOf(member.state, colors);
  return [
    member.id,
    paint(member.state),
    member.address,
    member.ballot === null ? null : `${member.ballot.round}.${member.ballot.node}`,
    member.chosen,
    member.applied,
    member.checkpoint,
    member.pid,
    member.version,
    member.uptimeSeconds === null ? null : formatUptime(member.uptimeSeconds),
  ].map((cell) => String(cell ?? '-'));
}
