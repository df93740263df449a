import { type Command, Option } from 'commander';
import { addCommonOptions, commonOptions } from '../common-options.ts';
import { UsageFailure } from '../failure.ts';
import type { Claim } from '../lock/claim.ts';
import { addClaimOptions, commandHelp, parsePermits, type WrittenClaimOptions } from '../lock/claim-options.ts';
import { ClaimRun } from '../lock/claim-run.ts';
import { releaseByForce } from '../lock/forced-release.ts';
import { parsePositive } from '../number-words.ts';
import { splitAtDashes } from '../trailing-command.ts';
import { addExamples, type CommandModule } from './command-module.ts';

const lockHelp = `
Names: several are got together, all or none, whatever the order in which they are named, and have one token. The two dashes decide:
with them, what stands before them are names of locks, 'release' among them; without them, "lock release" is the command of that name.

--shared: held beside others who share it, by readers say; a writer who waits keeps newcomers out. --permits N: one of N permits of a
semaphore; all who use the name should say the same N.

The command runs in this process group, with this standard input, output and error, and with the fencing token of the lock in
CONCLAVE_LOCK_TOKEN: pass it to what the command writes to, and have that refuse a token lower than one it has seen. A permit
fences nothing, since others work beside it: it has an id in CONCLAVE_PERMIT_ID.

${commandHelp('the lock')}

Exit codes: the command's own; 128+n if signal n ended it; 75 not granted in time, or not free with --try; 76 lost
while the command ran; 126 the command cannot be executed; 127 there is no such command; 69 no cluster; 64 wrong usage.`;

const releaseHelp = `
A lock is given up by whoever holds it, and when its session ends. This takes it away from a holder that still lives, as after a
deadlock between programs. The holder does not know first: it learns of it when the news reaches it, and may write until then. Only what
compares fencing tokens refuses it.

Exit codes: 0 taken away; 1 nobody holds it, or not confirmed; 64 wrong usage; 69 no cluster.`;

interface WrittenOptions extends WrittenClaimOptions {
  readonly try?: true;
  readonly shared?: true;
  readonly permits?: number;
}

export const addLock: CommandModule = (parent, context, complete, words = []) => {
  const command = parent
    .command('lock')
    .description('run a command while holding a lock, several, or a permit')
    .usage('<name...> [options] -- <command> [arguments...]')
    .argument('<name...>', 'of the lock, or of several that are held together');
  addClaimOptions(command, 'the lock')
    .option('--try', 'do not wait if it is not free')
    .addOption(new Option('--shared', 'held beside others who share it').conflicts('permits'))
    .addOption(new Option('--permits <number>', 'one of so many permits').argParser(parsePermits).conflicts('delay'));
  addCommonOptions(command, {
    timeout: 'how long to wait for the lock (default: for ever)',
    json: 'print events on standard error: {event,name,token}, acquired, lost, released',
  });
  addExamples(command, [
    ['conclave lock nightly -- ./backup.sh', 'waits its turn'],
    ['conclave lock nightly --try -- ./backup.sh', 'exit code 75 if somebody else holds it'],
    ['conclave lock nightly --timeout 30s --ttl 5s -- make deploy', ''],
    ['conclave lock accounts/a accounts/b -- ./transfer.sh', 'both or neither'],
    ['conclave lock catalogue --shared -- ./read.sh', 'beside other readers'],
    ['conclave lock encoders --permits 5 -- ./encode.sh', 'at most five at a time'],
    ["conclave lock demo -- sh -c 'echo my token is $CONCLAVE_LOCK_TOKEN'", ''],
    ['conclave lock release nightly --force', 'takes it away from its holder; asks first'],
  ]);
  command.addHelpText('after', lockHelp);
  command.action(async (named: string[], own: WrittenOptions, self: Command) => {
    const { before, command: program } = splitAtDashes(self, named);
    const [name, ...others] = before;
    if (name === undefined || program === undefined) {
      throw new UsageFailure(
        'write -- between the name of the lock and the command: conclave lock NAME -- COMMAND; or conclave lock release NAME --force',
      );
    }
    const options = { ...commonOptions(self, context.environment), ttlMs: own.ttl };
    complete(await new ClaimRun(context, claimOf([name, ...others], own), options).run(program));
  });
  // Behind dashes is a command to run, so that what stands before them are names, whatever they are.
  if (!words.includes('--')) addRelease(command, context, complete, words);
};

/** @throws UsageFailure */
function claimOf(names: readonly [string, ...string[]], own: WrittenOptions): Claim {
  const { delay: delayMs, note, permits, shared = false, try: onlyTry = false } = own;
  if (names.length > 1 && (shared || permits !== undefined)) {
    throw new UsageFailure('several locks are held alone: --shared and --permits take one name');
  }
  if (permits !== undefined) return { kind: 'permit', name: names[0], permits, onlyTry, note };
  return { kind: 'locks', names, shared, onlyTry, delayMs, note };
}

const addRelease: CommandModule = (parent, context, complete) => {
  const command = parent
    .command('release')
    .description('take a lock away from whoever holds it, for an operator')
    .argument('<name>', 'of the lock')
    .option('--force', 'has to be said: its holder has not given it up')
    .addOption(
      new Option('--token <number>', 'only from whoever holds it with this token, or permit (default: all)').argParser(
        parsePositive,
      ),
    )
    .option('--yes', 'do not ask');
  addCommonOptions(command, { json: 'print {name,released,revision}' });
  addExamples(command, [
    ['conclave lock release nightly --force', 'says who holds it, and asks'],
    ['conclave lock release nightly --force --token 33 --yes', 'for programs: that holder, and no later one'],
  ]);
  command.addHelpText('after', releaseHelp);
  command.action(async (name: string, own: { force?: true; token?: number; yes?: true }, self: Command) => {
    if (own.force === undefined) {
      throw new UsageFailure(
        'a lock is given up by whoever holds it; --force takes it away: conclave lock release NAME --force',
      );
    }
    const options = { ...commonOptions(self, context.environment), token: own.token, yes: own.yes ?? false };
    complete(await releaseByForce(context, name, options));
  });
};
