import { type Command, InvalidArgumentError, Option } from 'commander';
import { limits } from '../../wire/limits.ts';
import { parseDuration } from '../duration.ts';
import { parseTtl } from '../session/session-ttl.ts';

/** As commander reads what `addClaimOptions` has declared. */
export interface WrittenClaimOptions {
  readonly ttl?: number;
  readonly delay?: number;
  readonly note?: string;
}

/** What every command takes that runs another one under a claim. */
export function addClaimOptions(command: Command, subject: string): Command {
  return command
    .addOption(
      new Option('--ttl <duration>', `how long ${subject} outlives this process (default: 10s)`).argParser(parseTtl),
    )
    .addOption(
      new Option(
        '--delay <duration>',
        'after a death of this process nobody gets it for so much longer (default: none)',
      ).argParser(parseDelay),
    )
    .option('--note <text>', 'for others to read, at most 4 KiB');
}

function parseDelay(text: string): number {
  const delayMs = parseDuration(text);
  if (delayMs <= limits.lockDelayMs) return delayMs;
  throw new InvalidArgumentError(`It is at most ${limits.lockDelayMs / 3_600_000}h.`);
}

/** How many hold a permit at a time. @throws InvalidArgumentError */
export function parsePermits(text: string): number {
  const permits = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  if (permits >= 1 && permits <= limits.permits) return permits;
  throw new InvalidArgumentError(`It is a number from 1 to ${limits.permits}.`);
}

/** What is true of the command, whatever it runs under; `subject` is `the lock` or `the leadership`. */
export function commandHelp(subject: string): string {
  return `Signals: TERM, HUP, USR1 and USR2 are passed on to the command; INT and QUIT only if standard input is no terminal, for a
terminal sends them to the command itself. Before ${subject} is held each of them ends the wait, with exit code 128+n.

If the cluster stops answering while the command runs, the session is in jeopardy: ${subject} is still held, but only until
its lease ends. When half of what remained of the lease at that moment has passed without an answer, ${subject} counts as
lost and the command gets TERM; it gets KILL when a tenth of it is left (at least 50ms), or at once if the lease has already
ended, as after this process was stopped. An answer in time stops this, and nothing was lost. Jeopardy begins when half of
--ttl has passed since the last answer; with 10s that makes TERM about 2.5s and KILL half a second before the end. Only the
command itself is signalled, not what it has started.

Nothing ends the command if this process itself is stopped (SIGSTOP, Ctrl-Z) or killed (SIGKILL): the token is for that.`;
}
