import type { Command } from 'commander';
import type { BackupError } from '../../storage/backup-error.ts';
import type { CommandContext } from '../context.ts';
import { exitCodes } from '../exit-code.ts';
import { failureCode } from '../failure.ts';
import { untilSignal } from '../interruption.ts';
import { colorsFor, writeJson, writeLine } from '../output.ts';
import { addExamples, type CommandModule } from './command-module.ts';

const statusHelp = `
Every byte is verified, and the state is made, in memory, and compared with its hash. No cluster is asked.

Exit codes: 0 the backup is whole; 1 error CODE: message on standard error (BACKUP_DAMAGED, NOT_A_BACKUP, NEWER_FORMAT,
FILE_NOT_READABLE); 64 wrong usage; 130 Ctrl-C.`;

/** What `--json` prints of a file that cannot be used. */
const statusOf: Readonly<Record<string, string>> = {
  BACKUP_DAMAGED: 'damaged',
  NOT_A_BACKUP: 'foreign',
  NEWER_FORMAT: 'newer',
};

export const addSnapshotStatus: CommandModule = (parent, context, complete) => {
  const command = parent
    .command('status')
    .description('show what is in a backup, and whether it is whole; exit code 1 if not')
    .argument('<file>')
    .option('--json', 'print one line of JSON; of a damaged file {file,status,problem}');
  addExamples(command, [
    ['conclave snapshot status backup.snapshot', 'cluster, slot, revision, hash, how much of everything'],
    ['conclave snapshot status backup.snapshot --json', 'for programs'],
  ]);
  command.addHelpText('after', statusHelp);
  command.action(async (file: string, _options: unknown, self: Command) => {
    complete(await status(context, file, self.optsWithGlobals<{ readonly json?: boolean }>().json ?? false));
  });
};

async function status(context: CommandContext, file: string, json: boolean): Promise<number> {
  const { stdout, stderr, environment, signals } = context;
  const [{ readBackup }, { ProgressLine }, { reportForPrograms, reportForTerminal, snapshotReport }] =
    await Promise.all([
      import('../snapshot/read-backup.ts'),
      import('../snapshot/progress-line.ts'),
      import('../snapshot/snapshot-report.ts'),
    ]);
  return await untilSignal(signals, async (signal) => {
    const progress = new ProgressLine(stderr, 'reading');
    try {
      const backup = await readBackup(file, signal, (bytes, fileBytes) => progress.update(bytes, fileBytes));
      progress.clear();
      const report = snapshotReport(backup);
      if (json) await writeJson(stdout, report);
      else if (stdout.isTTY !== true) await writeLine(stdout, reportForPrograms(report, Date.now()));
      else await writeLine(stdout, reportForTerminal(report, colorsFor(stdout, environment), Date.now()));
      return exitCodes.success;
    } catch (error) {
      progress.clear();
      const verdict = statusOf[failureCode(error)];
      if (json && verdict !== undefined) {
        await writeJson(stdout, { file, status: verdict, problem: (error as BackupError).message });
      }
      throw error;
    }
  });
}
