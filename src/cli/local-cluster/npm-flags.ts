import { UsageFailure } from '../failure.ts';

/** The options of `up` that npm takes for settings of its own when `--` is left out, and what it makes of them. */
const swallowed = [
  { variable: 'npm_config_fresh', flag: '--fresh', takesValue: false },
  { variable: 'npm_config_restart', flag: '--no-restart', takesValue: false },
  { variable: 'npm_config_base_port', flag: '--base-port', takesValue: true },
  { variable: 'npm_config_data_dir', flag: '--data-dir', takesValue: true },
  { variable: 'npm_config_nodes', flag: '--nodes', takesValue: true },
  { variable: 'npm_config_json', flag: '--json', takesValue: false },
] as const;

/** Whether this process is what `npm start` runs in this package. */
export function isNpmStart(environment: Readonly<Record<string, string | undefined>>): boolean {
  return environment['npm_lifecycle_event'] === 'start' && environment['npm_package_name'] === 'conclave';
}

/**
 * `npm start --fresh` would start the old data, for npm keeps the flag to itself. `words` is what npm has left over.
 * @throws UsageFailure with the right spelling
 */
export function refuseSwallowedFlags(
  environment: Readonly<Record<string, string | undefined>>,
  words: readonly string[],
): void {
  if (!isNpmStart(environment)) return;
  const rest = [...words];
  const flags = swallowed.flatMap(({ variable, flag, takesValue }) => {
    const value = environment[variable];
    if (value === undefined) return [];
    if (!takesValue) return [flag];
    // `--base-port 7301` arrives as `true` and a word; `--base-port=7301` whole.
    return [flag, value === 'true' ? (rest.shift() ?? '…') : value];
  });
  if (flags.length === 0) return;
  throw new UsageFailure(`npm has kept ${flags[0]} to itself: write  npm start -- ${flags.join(' ')}`);
}
