import type { Command } from 'commander';
import type { LeaderChange } from '../../client/index.ts';
import { withClient } from '../cluster-client.ts';
import { addCommonOptions, type CommonOptions, commonOptions } from '../common-options.ts';
import type { CommandContext } from '../context.ts';
import { exitCodes } from '../exit-code.ts';
import { UsageFailure } from '../failure.ts';
import { untilSignal } from '../interruption.ts';
import { addClaimOptions, commandHelp, type WrittenClaimOptions } from '../lock/claim-options.ts';
import { ClaimRun } from '../lock/claim-run.ts';
import { printable, writeJson, writeLine } from '../output.ts';
import { splitAtDashes } from '../trailing-command.ts';
import { addExamples, type CommandModule } from './command-module.ts';

const electHelp = `
An election is the exclusive lock of its name: candidates lead in the order in which they have come, and a leader that dies is succeeded
when its session has expired. The command runs in this process group, with this standard input, output and error, and with the fencing
token of its leadership in CONCLAVE_LOCK_TOKEN, which is larger than that of every leader before it. When it ends, the next one leads.

--observe prints the present leader, then every change, none left out: the revision, and "leader TOKEN SESSION NOTE" or "nobody". With
--once, only the present one; exit code 1 if that is nobody.

${commandHelp('the leadership')}

Exit codes: the command's own; 128+n if signal n ended it; 75 not elected in time; 76 the leadership was lost while the command ran; 126
the command cannot be executed; 127 there is no such command; 69 no cluster; 64 wrong usage. --observe: 130 after Ctrl-C.`;

interface WrittenOptions extends WrittenClaimOptions {
  readonly observe?: true;
  readonly once?: true;
}

export const addElect: CommandModule = (parent, context, complete) => {
  const command = parent
    .command('elect')
    .description('run a command while leading, or follow who leads')
    .usage('<name> [options] (--observe [--once] | -- <command> [arguments...])')
    .argument('<name>', 'of the election')
    .argument('[command...]', 'after --: what to run, with its arguments');
  addClaimOptions(command, 'the leadership')
    .option('--observe', 'print who leads, and every change until Ctrl-C')
    .option('--once', 'with --observe: only who leads now');
  addCommonOptions(command, {
    timeout: 'how long to wait for the election (default: for ever)',
    json: 'print events on standard error: {event,name,token}, elected, lost, resigned; with --observe {revision,leader} per line',
  });
  addExamples(command, [
    ['conclave elect scheduler -- ./scheduler', 'waits until it leads'],
    ['conclave elect scheduler --note http://10.0.0.7 -- ./scheduler', 'tells the others where'],
    ['conclave elect scheduler --observe', '17 leader 33 12 http://10.0.0.7'],
    ['conclave elect scheduler --observe --once', 'who leads now; exit code 1 if nobody does'],
  ]);
  command.addHelpText('after', electHelp);
  command.action(async (first: string, more: string[], own: WrittenOptions, self: Command) => {
    const { before, command: program } = splitAtDashes(self, [first, ...more]);
    const [name, ...others] = before;
    const { observe = false, once = false, ttl: ttlMs, delay: delayMs, note } = own;
    if (name === undefined || others.length > 0 || (program === undefined) !== observe || (once && !observe)) {
      throw new UsageFailure('write conclave elect NAME -- COMMAND, or conclave elect NAME --observe [--once]');
    }
    const options = commonOptions(self, context.environment);
    if (program === undefined) complete(await observeLeaders(context, name, once, options));
    else
      complete(
        await new ClaimRun(context, { kind: 'leadership', name, delayMs, note }, { ...options, ttlMs }).run(program),
      );
  });
};

function observeLeaders(context: CommandContext, name: string, once: boolean, options: CommonOptions): Promise<number> {
  return untilSignal(context.signals, (signal) =>
    withClient(context, { ...options, signal }, async (client, firstCall) => {
      const election = client.election(name);
      // The loop has no deadline of its own, but it does not begin without a cluster.
      await firstCall((timeoutMs) => election.leader({ signal, timeoutMs }));
      for await (const change of election.observe({ signal })) {
        await printChange(context, change, options.json);
        if (once) return change.leader === undefined ? exitCodes.failure : exitCodes.success;
      }
      return exitCodes.success;
    }),
  );
}

async function printChange({ stdout }: CommandContext, change: LeaderChange, json: boolean): Promise<void> {
  const { revision, leader } = change;
  if (json) {
    const { session, token, noteText: note } = leader ?? {};
    await writeJson(stdout, { revision, leader: leader === undefined ? null : { session, token, note } });
    return;
  }
  const told = leader && ['leader', leader.token, leader.session, printable(leader.noteText)].join(' ').trimEnd();
  await writeLine(stdout, `${revision} ${told ?? 'nobody'}`);
}
