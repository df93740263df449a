import type { ClientCore } from '../../../client/core/client-core.ts';
import type { ResumedLock, Settlement } from '../../../client/core/effect.ts';
import type { CallId, CallRequest } from '../../../client/core/input.ts';
import type { SessionRef } from '../../../wire/frame.ts';
import type { LockAcquire } from '../../../wire/lock-operation.ts';
import type { HoldRecord } from '../../checkers/history.ts';
import { violated } from '../invariants/violation.ts';
import type { RandomStream } from '../prng.ts';
import type { ProgramBody } from './client-actor.ts';
import type { ClientHost } from './client-parts.ts';
import { fencedPut } from './fenced-put.ts';
import { holdsOf, isShared, requestOf } from './lock-holds.ts';
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
  readonly request: LockAcquire;
  /** One for each name. */
  holds: readonly HoldRecord[];
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

  acquire(request: LockAcquire): void {
    const { stream, calls } = this.#program;
    const timeoutMs = stream.chance(0.3) ? stream.exponential(400) + 1 : Number.POSITIVE_INFINITY;
    // Numbered before anything can be sent: the effects of a call are carried out at the end of the turn.
    const callId = this.#program.call({ kind: 'lock', request }, timeoutMs);
    const acquisition: Acquisition = { callId, request, body: request, command: undefined, holds: [] };
    this.#acquisitions.set(callId, acquisition);
    calls.expect(acquisition);
  }

  /** What a former program of the session has held is held by this one. */
  adopt(locks: readonly ResumedLock[]): void {
    const session = this.#program.session;
    if (session === undefined) return;
    for (const lock of locks) {
      const { lockId: callId, sequence, token } = lock;
      const request = requestOf(lock);
      const command = { ...session, sequence };
      const acquisition: Acquisition = { callId, request, body: request, command, holds: [] };
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
      host.givenUpLocks.add(client, acquisition.request.name, acquisition.command);
    }
    return true;
  }

  onLost(lockId: CallId): void {
    const acquisition = this.#acquisitions.get(lockId);
    this.#acquisitions.delete(lockId);
    if (acquisition === undefined || acquisition.holds.length === 0) return;
    this.#program.host.coverage.hit('lock lost with its session');
    this.#letGo(acquisition);
  }

  /** After each input: for how long does the SDK say that each lock is held, if it hears nothing more? */
  believe(): void {
    for (const acquisition of this.#acquisitions.values()) {
      const { callId, holds } = acquisition;
      if (holds.length === 0) continue;
      const { held, remainingMs } = this.#program.core.lock(callId);
      if (held) for (const hold of holds) hold.untilUs = this.#program.trueTimeInUs(remainingMs);
      else this.#letGo(acquisition);
    }
  }

  /** The program is no more. */
  stop(): void {
    for (const acquisition of this.#acquisitions.values()) this.#letGo(acquisition);
    this.#acquisitions.clear();
  }

  #hold(acquisition: Acquisition, token: number): void {
    const { host, name: client, stream, session } = this.#program;
    const { request, callId, command } = acquisition;
    const { name } = request;
    if (session === undefined || command === undefined) violated('a lock has a session', `${client}: ${name}`);
    const atUs = host.queue.nowUs;
    const { sequence } = command;
    acquisition.holds = holdsOf(request, { client, ...session, sequence, token }, { fromUs: atUs, untilUs: atUs });
    host.history.holds.push(...acquisition.holds);
    // Only the token of an exclusive lock is the revision of its grant.
    if (!isShared(request)) {
      host.history.grants.push({ client, name, ...session, sequence, state: 'held', token, revision: token, atUs });
    }
    host.coverage.hit('lock held through the SDK');
    const heldMs = stream.exponential(80);
    for (let writes = stream.between(0, 2); writes > 0; writes--) {
      this.#program.after(stream.real(0, heldMs), () => this.#work(acquisition, token));
    }
    this.#program.after(heldMs, () => this.#release(callId));
  }

  #work({ callId, request, holds: [hold] }: Acquisition, token: number): void {
    const { name } = request;
    const { core, stream, host, name: client } = this.#program;
    this.#program.tick();
    if (hold === undefined || !core.lock(callId).held) return;
    // Whoever shares a lock reads, and a permit fences nothing.
    if (isShared(request)) return;
    if (stream.chance(0.5)) {
      this.#program.command(fencedPut(client, name, token));
      return;
    }
    const delayUs = stream.chance(0.1) ? stream.real(100_000, 3_000_000) : stream.real(100, 2_000);
    host.queue.after(delayUs, () => host.resources.write(hold, host.queue.nowUs));
  }

  #release(lockId: CallId): void {
    const acquisition = this.#acquisitions.get(lockId);
    const [hold] = acquisition?.holds ?? [];
    if (acquisition === undefined || hold === undefined) return;
    this.#letGo(acquisition);
    this.#acquisitions.delete(lockId);
    this.#program.call({ kind: 'release', lockId }, Number.POSITIVE_INFINITY);
    const { name: client, stream } = this.#program;
    const { request } = acquisition;
    const { name } = request;
    // A part of the program that has not heard of it.
    if (!isShared(request) && stream.chance(0.1)) this.#program.command(fencedPut(client, name, hold.token));
  }

  #letGo({ holds }: Acquisition): void {
    for (const hold of holds) hold.untilUs = Math.min(hold.untilUs, this.#program.host.queue.nowUs);
  }
}
