import type { EndpointReport } from './cluster-probe.ts';
import { defaultEndpoints } from './endpoint.ts';
import { exitCodes } from './exit-code.ts';

/** A failure with a code that the command line itself reports, beside those of the SDK and the server. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly code: string;
  /** More lines for standard error, after the message. */
  readonly details: readonly string[];

  constructor(
    code: string,
    message: string,
    options?: { readonly details?: readonly string[]; readonly cause?: unknown },
  ) {
    super(message, { cause: options?.cause });
    this.code = code;
    this.details = options?.details ?? [];
  }
}

/** The command line was written wrongly. */
export class UsageFailure extends Error {
  override readonly name = 'UsageFailure';
}

/** No cluster could be reached, or none that has a leader. */
export class ClusterUnavailable extends Error {
  override readonly name = 'ClusterUnavailable';
  readonly reports: readonly EndpointReport[];

  constructor(reports: readonly EndpointReport[], cause: unknown) {
    super('no cluster could be reached', { cause });
    this.reports = reports;
  }
}

/** A failure as it is shown: what standard error says, line by line, and what the process ends with. */
export interface Failure {
  readonly exitCode: number;
  readonly lines: readonly string[];
}

const exitCodeOf: Readonly<Record<string, number>> = {
  UNAVAILABLE: exitCodes.unavailable,
  // What is wrong with the settings of `serve`, wherever they were given.
  INVALID_CONFIG: exitCodes.usage,
  INSECURE_ADDRESS: exitCodes.usage,
};

export function describeFailure(error: unknown): Failure {
  if (error instanceof UsageFailure) return { exitCode: exitCodes.usage, lines: [`error: ${error.message}`] };
  if (error instanceof ClusterUnavailable)
    return { exitCode: exitCodes.unavailable, lines: unavailableLines(error.reports, outcomeNote(error.cause)) };
  const code = failureCode(error);
  const details = error instanceof CommandFailure ? error.details : [];
  const message = error instanceof Error ? error.message : String(error);
  return {
    exitCode: exitCodeOf[code] ?? exitCodes.failure,
    lines: [`error ${code}: ${message}${outcomeNote(error)}`, ...details],
  };
}

/** The stable code of an error; what has none is a fault of ours. */
export function failureCode(error: unknown): string {
  const code = errorField(error, 'code');
  return typeof code === 'string' ? code : 'INTERNAL';
}

function errorField(error: unknown, field: 'code' | 'outcome'): unknown {
  return error instanceof Error && field in error ? (error as Error & Record<typeof field, unknown>)[field] : undefined;
}

/** Whoever reads of a failure must not take it for a promise that nothing has happened. */
function outcomeNote(error: unknown): string {
  return errorField(error, 'outcome') === 'unknown' ? ' (it may have taken effect)' : '';
}

function unavailableLines(reports: readonly EndpointReport[], note: string): string[] {
  const answered = reports.some((report) => report.kind === 'answered');
  const width = Math.max(...reports.map(({ endpoint }) => endpoint.length));
  return [
    `error UNAVAILABLE: ${answered ? 'the cluster has no leader' : 'no cluster could be reached'}${note}`,
    ...reports.map((report) => `  ${report.endpoint.padEnd(width)}  ${unavailableReason(report)}`),
    ...(answered ? [] : [unavailableAdvice(reports)]),
  ];
}

/** Whoever has named endpoints has a cluster, somewhere. */
function unavailableAdvice(reports: readonly EndpointReport[]): string {
  return reports.every(({ endpoint }) => defaultEndpoints.includes(endpoint))
    ? 'start one with `conclave up`, or in a clone of Conclave with `npm start`'
    : 'do these nodes run, and is that where they listen (--endpoints, CONCLAVE_ENDPOINTS)?';
}

function unavailableReason(report: EndpointReport): string {
  if (report.kind === 'failed') return report.reason;
  return report.status.leaderId === null
    ? 'answers, but knows no leader'
    : `answers, and follows ${report.status.leaderId}`;
}
