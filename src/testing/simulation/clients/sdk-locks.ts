import type { ClientCore } from '../../../client/core/client-core.ts';
import type { ResumedLock, Settlement } from '../../../client/core/effect.ts';
import type { CallId, CallRequest } from '../../../client/core/input.ts';
import type { SessionRef } from '../../../wire/frame.ts';
import type { HoldRecord } from '../../checkers/history.ts';
import { violated } from '../invariants/violation.ts';
import type { RandomStream } from '../prng.ts';
import type { ProgramBody } from './client-actor.ts';
import type { ClientHost } from './client-parts.ts';
import { fencedPut } from './fenced-put.ts';
import type { SdkCalls, SdkCommand } from './sdk-calls.ts';

/** What the locks of a program need of the rest of it. */
export interface SdkProgram {
  readonly name: string;
  readonly host: ClientHost;
  readonly stream: RandomStream;
  readonly core: ClientCore;
  readonly calls: SdkCalls;
  /** The one that it trusts. */
  readonly session: SessionRef | undefined;
  call(request: CallRequest, timeoutMs: number): CallId;
  command(body: ProgramBody): void;
  after(delayMs: number, run: () => void): void;
  /** True time at which the SDK's clock will have advanced so far. */
  trueTimeInUs(delayMs: number): number;
  /** Lets the SDK look at the clock. */
  tick(): void;
}

interface Acquisition extends SdkCommand {
  readonly name: string;
  hold: HoldRecord | undefined;
}

/** Locks taken through the SDK: believed in for as long as it says that they are held. */
export class SdkLocks {
  readonly #program: SdkProgram;
  readonly #acquisitions = new Map<CallId, Acquisition>();

  constructor(program: SdkProgram) {
    this.#program = program;
  }

  get count(): number {
    return this.#acquisitions.size;
  }

  acquire(name: string, wait: boolean): void {
    const { stream, calls } = this.#program;
    const timeoutMs = stream.chance(0.3) ? stream.exponential(400) + 1 : Number.POSITIVE_INFINITY;
    // Numbered before anything can be sent: the effects of a call are carried out at the end of the turn.
    const callId = this.#program.call({ kind: 'lock', name, wait }, timeoutMs);
    const body = { kind: 'lockAcquire', name, wait } as const;
    const acquisition: Acquisition = { callId, name, body, command: undefined, hold: undefined };
    this.#acquisitions.set(callId, acquisition);
    calls.expect(acquisition);
  }

  /** What a former program of the session has held is held by this one. */
  adopt(locks: readonly ResumedLock[]): void {
    const session = this.#program.session;
    if (session === undefined) return;
    for (const { lockId: callId, name, sequence, token } of locks) {
      const body = { kind: 'lockAcquire', name, wait: true } as const;
      const acquisition: Acquisition = { callId, name, body, command: { ...session, sequence }, hold: undefined };
      this.#acquisitions.set(callId, acquisition);
      this.#hold(acquisition, token);
    }
  }

  onSettled(callId: CallId, settlement: Settlement): boolean {
    const acquisition = this.#acquisitions.get(callId);
    if (acquisition === undefined) return false;
    this.#program.calls.forget(callId);
    if (settlement.type === 'lockHeld') {
      this.#hold(acquisition, settlement.token);
      return true;
    }
    this.#acquisitions.delete(callId);
    const { name: client, host } = this.#program;
    if (settlement.type === 'failed' && settlement.failure.outcome === 'not-applied') {
      host.givenUpLocks.add(client, acquisition.name, acquisition.command);
    }
    return true;
  }

  onLost(lockId: CallId): void {
    const acquisition = this.#acquisitions.get(lockId);
    this.#acquisitions.delete(lockId);
    if (acquisition?.hold === undefined) return;
    this.#program.host.coverage.hit('lock lost with its session');
    this.#letGo(acquisition.hold);
  }

  /** After each input: for how long does the SDK say that each lock is held, if it hears nothing more? */
  believe(): void {
    for (const { callId, hold } of this.#acquisitions.values()) {
      if (hold === undefined) continue;
      const { held, remainingMs } = this.#program.core.lock(callId);
      if (held) hold.untilUs = this.#program.trueTimeInUs(remainingMs);
      else this.#letGo(hold);
    }
  }

  /** The program is no more. */
  stop(): void {
    for (const { hold } of this.#acquisitions.values()) if (hold !== undefined) this.#letGo(hold);
    this.#acquisitions.clear();
  }

  #hold(acquisition: Acquisition, token: number): void {
    const { host, name: client, stream, session } = this.#program;
    const { name, callId, command } = acquisition;
    if (session === undefined || command === undefined) violated('a lock has a session', `${client}: ${name}`);
    const atUs = host.queue.nowUs;
    const { sequence } = command;
    const hold: HoldRecord = { client, name, ...session, sequence, token, fromUs: atUs, untilUs: atUs };
    acquisition.hold = hold;
    host.history.holds.push(hold);
    host.history.grants.push({ client, name, ...session, sequence, state: 'held', token, revision: token, atUs });
    host.coverage.hit('lock held through the SDK');
    const heldMs = stream.exponential(80);
    for (let writes = stream.between(0, 2); writes > 0; writes--) {
      this.#program.after(stream.real(0, heldMs), () => this.#work(acquisition, token));
    }
    this.#program.after(heldMs, () => this.#release(callId));
  }

  #work({ callId, name, hold }: Acquisition, token: number): void {
    const { core, stream, host, name: client } = this.#program;
    this.#program.tick();
    if (hold === undefined || !core.lock(callId).held) return;
    if (stream.chance(0.5)) {
      this.#program.command(fencedPut(client, name, token));
      return;
    }
    const delayUs = stream.chance(0.1) ? stream.real(100_000, 3_000_000) : stream.real(100, 2_000);
    host.queue.after(delayUs, () => host.resources.write(hold, host.queue.nowUs));
  }

  #release(lockId: CallId): void {
    const acquisition = this.#acquisitions.get(lockId);
    if (acquisition?.hold === undefined) return;
    this.#letGo(acquisition.hold);
    this.#acquisitions.delete(lockId);
    this.#program.call({ kind: 'release', lockId }, Number.POSITIVE_INFINITY);
    const { name: client, stream } = this.#program;
    const { name, hold } = acquisition;
    // A part of the program that has not heard of it.
    if (stream.chance(0.1)) this.#program.command(fencedPut(client, name, hold.token));
  }

  #letGo(hold: HoldRecord): void {
    hold.untilUs = Math.min(hold.untilUs, this.#program.host.queue.nowUs);
  }
}
