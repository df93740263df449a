import { type Command, Option } from 'commander';
import { parseDuration } from './duration.ts';
import { defaultEndpoints, parseEndpoints } from './endpoint.ts';
import { UsageFailure } from './failure.ts';

/** What every command that talks to a cluster takes, before or after its name. */
export interface CommonOptions {
  readonly endpoints: readonly string[];
  readonly timeoutMs: number | undefined;
  readonly json: boolean;
}

export interface CommonOptionTexts {
  readonly timeout?: string;
  readonly json?: string;
}

/** Declares the common options; a command may have its own words for what they mean to it. */
export function addCommonOptions(command: Command, texts: CommonOptionTexts = {}): Command {
  return command
    .addOption(
      new Option(
        '--endpoints <list>',
        `nodes to talk to, HOST:PORT separated by commas (environment: CONCLAVE_ENDPOINTS; default: ${defaultEndpoints.join(',')})`,
      ).argParser(parseEndpoints),
    )
    .addOption(
      new Option('--timeout <duration>', texts.timeout ?? 'how long to try (default: 5s in all)').argParser(
        parseDuration,
      ),
    )
    .addOption(new Option('--json', texts.json ?? 'print one line of JSON'));
}

/** The common options as written nearest to the command's own name, then as in the environment, then the defaults. */
export function commonOptions(
  command: Command,
  environment: Readonly<Record<string, string | undefined>>,
): CommonOptions {
  const written: { endpoints?: readonly string[]; timeout?: number; json?: boolean } = {};
  for (let at: Command | null = command; at !== null; at = at.parent) {
    const { endpoints, timeout, json } = at.opts<typeof written>();
    if (endpoints !== undefined) written.endpoints ??= endpoints;
    if (timeout !== undefined) written.timeout ??= timeout;
    if (json !== undefined) written.json ??= json;
  }
  return {
    endpoints: written.endpoints ?? endpointsFrom(environment),
    timeoutMs: written.timeout,
    json: written.json ?? false,
  };
}

function endpointsFrom(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  const text = environment['CONCLAVE_ENDPOINTS'] ?? '';
  if (text === '') return defaultEndpoints;
  try {
    return parseEndpoints(text);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new UsageFailure(`CONCLAVE_ENDPOINTS: ${problem}`, { cause: error });
  }
}
