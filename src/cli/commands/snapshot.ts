import type { Command } from 'commander';
import type { CommandModule } from './command-module.ts';
import { addExamples } from './command-module.ts';
import { addSnapshotRestore } from './snapshot-restore.ts';
import { addSnapshotSave } from './snapshot-save.ts';
import { addSnapshotStatus } from './snapshot-status.ts';

export const addSnapshot: CommandModule = (parent, context, complete) => {
  const group: Command = parent.command('snapshot').description('back up a cluster, and make a new one from a backup');
  addExamples(group, [
    ['conclave snapshot save backup.snapshot', 'the whole state of the running cluster, into one file'],
    ['conclave snapshot status backup.snapshot', 'what is in it, and whether it is whole'],
    ['conclave snapshot restore backup.snapshot --local restored', 'a new local cluster from it'],
  ]);
  for (const add of [addSnapshotSave, addSnapshotStatus, addSnapshotRestore]) add(group, context, complete);
};
