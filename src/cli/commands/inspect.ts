import { realpath } from 'node:fs/promises';
import type { Command } from 'commander';
import type { ReadOnlyCopy } from '../../storage/read-only-copy.ts';
import type { CommandContext } from '../context.ts';
import { exitCodes } from '../exit-code.ts';
import { CommandFailure } from '../failure.ts';
import type { IdentityReport } from '../inspect/directory-report.ts';
import { untilGivenUp, untilSignal } from '../interruption.ts';
import { colorsFor, writeJson, writeLine } from '../output.ts';
import { addExamples, type CommandModule } from './command-module.ts';

const inspectHelp = `
Nothing in the directory is changed, and no right to write there is needed: LevelDB, which writes whenever it opens a database, is given
a temporary directory (TMPDIR) with copies of the logs and links to the tables. The directory of a node that runs is refused.

Each part is ok, missing, damaged, or newer: written by a later version of the program. Every record and every chunk is read and
verified, and each checkpoint is made a state again, in memory, to be compared with its hash. The last line says what a start would do.

Exit codes: 0 everything is ok; 1 something is not, or error CODE: message on standard error (DIRECTORY_IN_USE, FOREIGN_DIRECTORY,
NOT_A_DIRECTORY); 64 wrong usage; 130 Ctrl-C. With --records: 0 the journal was read to its end.`;

interface InspectOptions {
  readonly json?: boolean;
  readonly records?: boolean;
}

export const addInspect: CommandModule = (parent, context, complete) => {
  const command = parent
    .command('inspect')
    .description('show what is in the data directory of a stopped node, and whether it is whole; exit code 1 if not')
    .argument('<directory>', 'data directory of one node: --data of serve, or .conclave/n1/data of up')
    .option(
      '--records',
      "list the journal's records instead: sequence, promised ballot, chosen slot, slots with their sizes",
    )
    .option('--json', 'print one line of JSON; with --records one line per record');
  addExamples(command, [
    ['conclave inspect .conclave/n1/data', 'a summary, part by part'],
    ['conclave inspect .conclave/n1/data --json', 'for programs'],
    ['conclave inspect .conclave/n1/data --records', 'every record of the journal'],
  ]);
  command.addHelpText('after', inspectHelp);
  command.action(async (directory: string, _options: unknown, self: Command) => {
    complete(await inspect(context, directory, self.optsWithGlobals<InspectOptions>()));
  });
};

/** Whatever happens, a signal included, the copy is removed. */
async function inspect(context: CommandContext, name: string, options: InspectOptions): Promise<number> {
  const [{ inspectIdentity }, { refuseIfClaimed }, { ReadOnlyCopy }] = await Promise.all([
    import('../inspect/inspect-directory.ts'),
    import('../../storage/directory-claim.ts'),
    import('../../storage/read-only-copy.ts'),
  ]);
  const identity = await inspectIdentity(name);
  const directory = await realpath(name);
  await refuseIfClaimed(directory);
  return await untilSignal(context.signals, async (signal) => {
    const copy = await ReadOnlyCopy.make(directory);
    try {
      const show = options.records === true ? showRecords : showReport;
      const showing = show(context, { directory, identity, copy, json: options.json === true }, signal);
      return await untilGivenUp(showing, signal);
    } finally {
      await copy.remove();
    }
  });
}

interface Inspected {
  readonly directory: string;
  readonly identity: IdentityReport;
  readonly copy: ReadOnlyCopy;
  readonly json: boolean;
}

async function showReport(
  { stdout, environment }: CommandContext,
  { directory, identity, copy, json }: Inspected,
  signal: AbortSignal,
): Promise<number> {
  const { inspectDirectory } = await import('../inspect/inspect-directory.ts');
  const report = await inspectDirectory(directory, identity, copy, signal);
  if (json) await writeJson(stdout, report);
  else {
    const { reportForPrograms, reportForTerminal } = await import('../inspect/report-text.ts');
    const nowMs = Date.now();
    const onTerminal = stdout.isTTY === true;
    const text = onTerminal
      ? reportForTerminal(report, colorsFor(stdout, environment), nowMs)
      : reportForPrograms(report, nowMs);
    await writeLine(stdout, text);
  }
  return report.healthy ? exitCodes.success : exitCodes.failure;
}

async function showRecords(
  context: CommandContext,
  { directory, copy, json }: Inspected,
  signal: AbortSignal,
): Promise<number> {
  const [{ readJournal }, { listRecords }] = await Promise.all([
    import('../inspect/journal-reading.ts'),
    import('../inspect/record-list.ts'),
  ]);
  const hasWitness = await copy.addFile('witness');
  const hasJournal = await copy.addDatabase('journal', signal);
  // Else a journal may be gone of which the witness tells; opening it finds out.
  if (!hasJournal && !hasWitness) throw new CommandFailure('JOURNAL_MISSING', `There is no journal in ${directory}.`);
  await listRecords(context, readJournal(copy, signal), json);
  await copy.verifyUnchanged();
  return exitCodes.success;
}
