import type { CommonOptions } from '../common-options.ts';
import type { CommandContext } from '../context.ts';
import { ClusterUnavailable } from '../failure.ts';
import { type CheckFormat, levelExitCodes, writeReport } from './check-report.ts';
import { clockFindings } from './clock-findings.ts';
import { clusterFindings } from './cluster-findings.ts';
import { worstLevel } from './finding.ts';
import { gatherEvidence } from './gather-evidence.ts';
import { nodeFindings } from './node-findings.ts';

/** Resolves with the exit code for the worst that was found. @throws ClusterUnavailable if nobody leads, once that is reported */
export async function runCheck(context: CommandContext, options: CommonOptions, format: CheckFormat): Promise<number> {
  const { evidence, survey } = await gatherEvidence(context, options);
  const findings = [...clusterFindings(evidence), ...nodeFindings(evidence), ...clockFindings(evidence)];
  await writeReport(context, findings, format);
  if (format !== 'nagios' && evidence.cluster.leader === null) throw new ClusterUnavailable(survey.reports, undefined);
  return levelExitCodes[worstLevel(findings.map(({ level }) => level))];
}
