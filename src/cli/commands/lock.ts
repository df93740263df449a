import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Client, Lock } from '../../client/index.ts';
import { limits } from '../../wire/limits.ts';
import { atMost, type FirstCall, withClient } from '../cluster-client.ts';
import { addCommonOptions, type CommonOptions, commonOptions } from '../common-options.ts';
import type { CommandContext } from '../context.ts';
import { parseDuration } from '../duration.ts';
import { exitCodes, signalExitCode } from '../exit-code.ts';
import { failureCode, UsageFailure } from '../failure.ts';
import { startCommand } from '../lock/child-command.ts';
import { SignalRelay } from '../lock/signal-relay.ts';
import { supervise } from '../lock/supervise.ts';
import { writeMessage } from '../output.ts';
import { addExamples, type CommandModule } from './command-module.ts';

/** After the command has ended; without an answer the lock ends with its lease. */
const releaseTimeoutMs = 2_000;

const lockHelp = `
The command runs in this process group, with this standard input, output and error, and with the fencing token of the lock in
CONCLAVE_LOCK_TOKEN: pass it to what the command writes to, and have that refuse a token lower than one it has seen.

Signals: TERM, HUP, USR1 and USR2 are passed on to the command; INT and QUIT only if standard input is no terminal, for a
terminal sends them to the command itself. Before the lock is held each of them ends the wait, with exit code 128+n.

If the cluster stops answering while the command runs, the session is in jeopardy: the lock is still held, but only until
its lease ends. When half of what remained of the lease at that moment has passed without an answer, the lock counts as
lost and the command gets TERM; it gets KILL when a tenth of it is left (at least 50ms), or at once if the lease has already
ended, as after this process was stopped. An answer in time stops this, and nothing was lost. Jeopardy begins when half of
--ttl has passed since the last answer; with 10s that makes TERM about 2.5s and KILL half a second before the end. Only the
command itself is signalled, not what it has started.

Nothing ends the command if this process itself is stopped (SIGSTOP, Ctrl-Z) or killed (SIGKILL): the token is for that.

Exit codes: the command's own; 128+n if signal n ended it; 75 not granted in time, or held by another with --try; 76 lost
while the command ran; 126 the command cannot be executed; 127 there is no such command; 69 no cluster; 64 wrong usage.`;

interface LockOptions extends CommonOptions {
  readonly ttlMs: number | undefined;
  readonly onlyTry: boolean;
}

export const addLock: CommandModule = (parent, context, complete) => {
  const command = parent
    .command('lock')
    .description('run a command while holding a lock')
    .usage('<name> [options] -- <command> [arguments...]')
    .argument('<name>', 'of the lock')
    .argument('<command...>', 'after --: what to run, with its arguments');
  command
    .addOption(
      new Option('--ttl <duration>', 'how long the lock outlives this process (default: 10s)').argParser(parseTtl),
    )
    .option('--try', 'do not wait if it is held');
  addCommonOptions(command, {
    timeout: 'how long to wait for the lock (default: for ever)',
    json: 'print events on standard error: acquired, lost, released',
  });
  addExamples(command, [
    ['conclave lock nightly -- ./backup.sh', 'waits its turn'],
    ['conclave lock nightly --try -- ./backup.sh', 'exit code 75 if somebody else holds it'],
    ['conclave lock nightly --timeout 30s --ttl 5s -- make deploy', ''],
    ["conclave lock demo -- sh -c 'echo my token is $CONCLAVE_LOCK_TOKEN'", ''],
  ]);
  command.addHelpText('after', lockHelp);
  command.action(async (name: string, words: string[], own: { ttl?: number; try?: boolean }, self: Command) => {
    const [program, ...programArguments] = commandAfterDashes(self, words);
    const common = commonOptions(self, context.environment);
    const options = { ...common, ttlMs: own.ttl, onlyTry: own.try ?? false };
    complete(await new LockRun(context, name, options).run(program, programArguments));
  });
};

function parseTtl(text: string): number {
  const { sessionTtlMsLow, sessionTtlMsHigh } = limits;
  const ttlMs = parseDuration(text);
  if (ttlMs >= sessionTtlMsLow && ttlMs <= sessionTtlMsHigh) return ttlMs;
  const [shortest, longest] = [`${sessionTtlMsLow}ms`, `${sessionTtlMsHigh / 3_600_000}h`];
  throw new InvalidArgumentError(`It is at least ${shortest} and at most ${longest}.`);
}

/** Without the dashes an option of the command could be taken for one of ours. */
function commandAfterDashes(self: Command, words: readonly string[]): readonly [string, ...string[]] {
  const all = rootOf(self).rawArgs;
  const dashes = all.indexOf('--');
  const [program, ...programArguments] = words;
  if (program === undefined || dashes < 0 || all.length - dashes - 1 !== words.length) {
    throw new UsageFailure('write -- between the name of the lock and the command: conclave lock NAME -- COMMAND');
  }
  return [program, ...programArguments];
}

function rootOf(command: Command): Command & { readonly rawArgs: readonly string[] } {
  let root = command;
  while (root.parent !== null) root = root.parent;
  return root as Command & { readonly rawArgs: readonly string[] };
}

/** One run of `conclave lock`. */
class LockRun {
  readonly #context: CommandContext;
  readonly #name: string;
  readonly #options: LockOptions;
  readonly #relay: SignalRelay;

  constructor(context: CommandContext, name: string, options: LockOptions) {
    this.#context = context;
    this.#name = name;
    this.#options = options;
    this.#relay = new SignalRelay(context.signals, { stdinIsTerminal: context.stdinIsTerminal });
  }

  async run(program: string, programArguments: readonly string[]): Promise<number> {
    const { endpoints, ttlMs } = this.#options;
    const settings = {
      endpoints,
      signal: this.#relay.waitSignal,
      session: { ttlMs, name: `conclave lock ${this.#name}`, onExpiry: 'reopen' },
    } as const;
    try {
      return await withClient(this.#context, settings, async (client, firstCall) => {
        const lock = await this.#acquire(client, firstCall);
        if (lock === undefined) return exitCodes.lockNotGranted;
        return await this.#runHolding(client, lock, program, programArguments);
      });
    } catch (error) {
      if (this.#relay.interruption === undefined) throw error;
      return signalExitCode(this.#relay.interruption);
    } finally {
      this.#relay.close();
    }
  }

  async #acquire(client: Client, firstCall: FirstCall): Promise<Lock | undefined> {
    const { onlyTry, timeoutMs } = this.#options;
    try {
      if (!onlyTry && timeoutMs === undefined) await this.#expectLeader(client, firstCall);
      const lock = onlyTry ? await this.#tryLock(client, firstCall) : await this.#waitForLock(client);
      if (lock === undefined) await this.#say(`the lock ${this.#name} is held by another`);
      return lock;
    } catch (error) {
      if (failureCode(error) !== 'LOCK_TIMEOUT') throw error;
      await this.#say(`the lock ${this.#name} was not granted in time`);
      return undefined;
    }
  }

  /** The wait has no end, but it does not begin without a leader: that is told like by any other command. */
  async #expectLeader(client: Client, firstCall: FirstCall): Promise<void> {
    const signal = this.#relay.waitSignal;
    try {
      await firstCall((timeoutMs) => client.counter(this.#name).get({ signal, timeoutMs }));
    } catch (error) {
      if (failureCode(error) === 'UNAVAILABLE') throw error;
    }
  }

  #tryLock(client: Client, firstCall: FirstCall): Promise<Lock | undefined> {
    const signal = this.#relay.waitSignal;
    return firstCall((leftMs) => client.tryLock(this.#name, { signal, timeoutMs: this.#options.timeoutMs ?? leftMs }));
  }

  /** An outage that outlasts the session costs the place in the queue, not the wait. */
  async #waitForLock(client: Client): Promise<Lock> {
    const { timeoutMs } = this.#options;
    const startedMs = performance.now();
    for (;;) {
      const leftMs = timeoutMs === undefined ? undefined : Math.max(1, timeoutMs - (performance.now() - startedMs));
      try {
        return await client.lock(this.#name, { signal: this.#relay.waitSignal, timeoutMs: leftMs });
      } catch (error) {
        if (failureCode(error) !== 'SESSION_EXPIRED') throw error;
      }
    }
  }

  async #runHolding(client: Client, lock: Lock, program: string, programArguments: readonly string[]): Promise<number> {
    await this.#event('acquired', { token: lock.token });
    const interruption = this.#relay.interruption;
    if (interruption !== undefined) {
      await this.#release(lock);
      return signalExitCode(interruption);
    }
    const command = startCommand(program, programArguments, {
      ...this.#context.environment,
      CONCLAVE_LOCK_TOKEN: String(lock.token),
    });
    this.#relay.passTo(command);
    let lost: Promise<void> | undefined;
    const supervision = supervise(lock, client, command, () => {
      lost = this.#lost();
    });
    const end = await command.end;
    const heldToTheEnd = lock.held;
    supervision.stop();
    this.#relay.targetGone();
    if (end.kind === 'not started') await this.#say(end.reason);
    else if (!heldToTheEnd) lost ??= this.#lost();
    await lost;
    if (lost !== undefined) {
      await atMost(releaseTimeoutMs, lock.release());
      return exitCodes.lockLost;
    }
    await this.#release(lock);
    return end.exitCode;
  }

  async #release(lock: Lock): Promise<void> {
    if ((await atMost(releaseTimeoutMs, lock.release())) === 'released') await this.#event('released', {});
  }

  async #lost(): Promise<void> {
    if (this.#options.json) await this.#event('lost', {});
    else await this.#say(`the lock ${this.#name} was lost while the command ran`);
  }

  async #event(event: 'acquired' | 'lost' | 'released', more: { readonly token?: number }): Promise<void> {
    if (!this.#options.json) return;
    await writeMessage(this.#context.stderr, JSON.stringify({ event, name: this.#name, ...more }));
  }

  async #say(text: string): Promise<void> {
    await writeMessage(this.#context.stderr, `conclave: ${text}`);
  }
}
