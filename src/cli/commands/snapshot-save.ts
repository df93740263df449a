import type { Command } from 'commander';
import { addCommonOptions, type CommonOptions, commonOptions } from '../common-options.ts';
import type { CommandContext } from '../context.ts';
import { exitCodes } from '../exit-code.ts';
import { untilSignal } from '../interruption.ts';
import { writeJson, writeLine } from '../output.ts';
import { formatSize } from '../size.ts';
import { addExamples, type CommandModule } from './command-module.ts';

const defaultTimeoutMs = 5_000;

const saveHelp = `
Everything that was acknowledged to anybody before the command was started is in the file, and the state in it is that of one moment.
A follower is asked before the leader; nodes go on with their work meanwhile. What was received is read again and verified, and its state
compared with its hash, before the file gets its name. The file holds everything, the secrets of sessions included: keep it to yourself.

Exit codes: 0 saved; 1 error CODE: message on standard error (FILE_EXISTS, FILE_NOT_WRITABLE, DISK_FULL, BUSY: another one is being saved
from each node); 64 wrong usage; 69 no cluster reachable, or it has no leader; 130 Ctrl-C, which leaves nothing.`;

interface SaveOptions {
  readonly force?: boolean;
  readonly stale?: boolean;
}

export const addSnapshotSave: CommandModule = (parent, context, complete) => {
  const command = parent
    .command('save')
    .description('save the whole state of the running cluster into a file')
    .argument('<file>')
    .option('--force', 'replace the file if it is there')
    .option('--stale', 'without a leader, too: what one node has, though acknowledged writes may be missing');
  addCommonOptions(command, {
    timeout: 'for how long nodes are asked, one after the other (default: 5s)',
    json: 'print {file,clusterId,slot,revision,stateHash,keys,…,sha256}',
  });
  addExamples(command, [
    ['conclave snapshot save backup.snapshot', 'refuses if there is such a file'],
    ['conclave snapshot save nightly.snapshot --force', 'replaces it, once the new one is whole'],
    ['conclave snapshot save last.snapshot --stale --endpoints 127.0.0.1:7103', 'from a node whose cluster is lost'],
  ]);
  command.addHelpText('after', saveHelp);
  command.action(async (file: string, options: SaveOptions, self: Command) => {
    complete(await save(context, file, options, commonOptions(self, context.environment)));
  });
};

async function save(
  context: CommandContext,
  file: string,
  { force = false, stale = false }: SaveOptions,
  { endpoints, timeoutMs = defaultTimeoutMs, json }: CommonOptions,
): Promise<number> {
  const [{ saveSnapshot }, { snapshotReport }] = await Promise.all([
    import('../snapshot/save-snapshot.ts'),
    import('../snapshot/snapshot-report.ts'),
  ]);
  return await untilSignal(context.signals, async (signal) => {
    const report = snapshotReport(await saveSnapshot(context, file, { endpoints, timeoutMs, force, stale }, signal));
    if (json) await writeJson(context.stdout, report);
    else {
      const { node, slot, revision, fileBytes } = report;
      const text = `saved ${file}: slot ${slot}, revision ${revision}, ${formatSize(fileBytes)}, from ${node}`;
      await writeLine(context.stdout, report.stale ? `${text}, stale` : text);
    }
    return exitCodes.success;
  });
}
