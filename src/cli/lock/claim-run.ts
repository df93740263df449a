import type { Client } from '../../client/index.ts';
import { startCommand } from '../child-command.ts';
import { atMost, type FirstCall, withClient } from '../cluster-client.ts';
import type { CommonOptions } from '../common-options.ts';
import type { CommandContext } from '../context.ts';
import { exitCodes, signalExitCode } from '../exit-code.ts';
import { failureCode } from '../failure.ts';
import { writeMessage } from '../output.ts';
import {
  type Claim,
  type Claimed,
  claim,
  claimAtOnce,
  environmentOf,
  firstName,
  type LocksClaim,
  type PermitClaim,
} from './claim.ts';
import { type ClaimWords, wordsOf } from './claim-words.ts';
import { SignalRelay } from './signal-relay.ts';
import { supervise } from './supervise.ts';

/** After the command has ended; without an answer the lock ends with its lease. */
const releaseTimeoutMs = 2_000;

export interface ClaimRunOptions extends CommonOptions {
  readonly ttlMs: number | undefined;
}

/** One run of a command under what it claims. */
export class ClaimRun {
  readonly #context: CommandContext;
  readonly #claim: Claim;
  readonly #words: ClaimWords;
  readonly #options: ClaimRunOptions;
  readonly #relay: SignalRelay;

  constructor(context: CommandContext, claim: Claim, options: ClaimRunOptions) {
    this.#context = context;
    this.#claim = claim;
    this.#words = wordsOf(claim);
    this.#options = options;
    this.#relay = new SignalRelay(context.signals, { stdinIsTerminal: context.stdinIsTerminal });
  }

  async run([program, ...programArguments]: readonly [string, ...string[]]): Promise<number> {
    const { endpoints, ttlMs } = this.#options;
    const verb = this.#claim.kind === 'leadership' ? 'elect' : 'lock';
    const settings = {
      endpoints,
      signal: this.#relay.waitSignal,
      session: { ttlMs, name: `conclave ${verb} ${firstName(this.#claim)}`, onExpiry: 'reopen' },
    } as const;
    try {
      return await withClient(this.#context, settings, async (client, firstCall) => {
        const claimed = await this.#acquire(client, firstCall);
        if (claimed === undefined) return exitCodes.lockNotGranted;
        return await this.#runHolding(client, claimed, program, programArguments);
      });
    } catch (error) {
      if (this.#relay.interruption === undefined) throw error;
      return signalExitCode(this.#relay.interruption);
    } finally {
      this.#relay.close();
    }
  }

  async #acquire(client: Client, firstCall: FirstCall): Promise<Claimed | undefined> {
    const wanted = this.#claim;
    const isTry = wanted.kind !== 'leadership' && wanted.onlyTry;
    try {
      if (!isTry && this.#options.timeoutMs === undefined) await this.#expectLeader(client, firstCall);
      const claimed = isTry ? await this.#tryOnce(client, firstCall, wanted) : await this.#wait(client);
      if (claimed === undefined) await this.#say(this.#words.notFree);
      return claimed;
    } catch (error) {
      if (failureCode(error) !== 'LOCK_TIMEOUT') throw error;
      await this.#say(this.#words.late);
      return undefined;
    }
  }

  /** The wait has no end, but it does not begin without a leader: that is told like by any other command. */
  async #expectLeader(client: Client, firstCall: FirstCall): Promise<void> {
    const signal = this.#relay.waitSignal;
    try {
      await firstCall((timeoutMs) => client.counter(firstName(this.#claim)).get({ signal, timeoutMs }));
    } catch (error) {
      if (failureCode(error) === 'UNAVAILABLE') throw error;
    }
  }

  #tryOnce(client: Client, firstCall: FirstCall, wanted: LocksClaim | PermitClaim): Promise<Claimed | undefined> {
    const signal = this.#relay.waitSignal;
    return firstCall((leftMs) => claimAtOnce(client, wanted, { signal, timeoutMs: this.#options.timeoutMs ?? leftMs }));
  }

  /** An outage that outlasts the session costs the place in the queue, not the wait. */
  async #wait(client: Client): Promise<Claimed> {
    const { timeoutMs } = this.#options;
    const startedMs = performance.now();
    for (;;) {
      const leftMs = timeoutMs === undefined ? undefined : Math.max(1, timeoutMs - (performance.now() - startedMs));
      try {
        return await claim(client, this.#claim, { signal: this.#relay.waitSignal, timeoutMs: leftMs });
      } catch (error) {
        if (failureCode(error) !== 'SESSION_EXPIRED') throw error;
      }
    }
  }

  async #runHolding(
    client: Client,
    claimed: Claimed,
    program: string,
    programArguments: readonly string[],
  ): Promise<number> {
    await this.#event(this.#words.events.acquired, claimed.proof);
    const interruption = this.#relay.interruption;
    if (interruption !== undefined) {
      await this.#release(claimed);
      return signalExitCode(interruption);
    }
    const { held } = claimed;
    const environment = { ...this.#context.environment, ...environmentOf(claimed) };
    const command = startCommand(program, programArguments, environment);
    this.#relay.passTo(command);
    let lost: Promise<void> | undefined;
    const supervision = supervise(held, client, command, () => {
      lost = this.#lost();
    });
    const end = await command.end;
    const heldToTheEnd = held.held;
    supervision.stop();
    this.#relay.targetGone();
    if (end.kind === 'not started') await this.#say(end.reason);
    else if (!heldToTheEnd) lost ??= this.#lost();
    await lost;
    if (lost !== undefined) {
      await atMost(releaseTimeoutMs, held.release());
      return exitCodes.lockLost;
    }
    await this.#release(claimed);
    return end.exitCode;
  }

  async #release({ held }: Claimed): Promise<void> {
    if ((await atMost(releaseTimeoutMs, held.release())) !== 'released') return;
    await this.#event(this.#words.events.released, {});
  }

  async #lost(): Promise<void> {
    if (this.#options.json) await this.#event('lost', {});
    else await this.#say(this.#words.lost);
  }

  async #event(event: string, proof: Claimed['proof'] | Record<string, never>): Promise<void> {
    if (!this.#options.json) return;
    const several = this.#claim.kind === 'locks' && this.#claim.names.length > 1 ? { names: this.#claim.names } : {};
    const told = { event, name: firstName(this.#claim), ...several, ...proof };
    await writeMessage(this.#context.stderr, JSON.stringify(told));
  }

  async #say(text: string): Promise<void> {
    await writeMessage(this.#context.stderr, `conclave: ${text}`);
  }
}
