import { utf8Bytes } from '../../../wire/bytes.ts';
import type { Grant } from '../../../wire/frame.ts';
import type { Sequence } from '../../../wire/identifiers.ts';
import type { LockAcquire } from '../../../wire/lock-operation.ts';
import type { ResultBody } from '../../../wire/result.ts';
import type { SessionLock } from '../../../wire/session-info.ts';
import type { HoldRecord } from '../../checkers/history.ts';
import type { ClientContext } from './client-parts.ts';
import type { ClientSession } from './client-session.ts';
import { fencedPut } from './fenced-put.ts';
import { holdsOf, isShared, requestOf } from './lock-holds.ts';

interface Acquisition {
  readonly request: LockAcquire;
  /** Of several, the first. */
  readonly name: string;
  readonly session: ClientSession;
  readonly sequence: Sequence;
  state: 'asked' | 'queued' | 'held' | 'ending' | 'over';
  /** One for each name. */
  holds: readonly HoldRecord[];
}

/** The locks that a client waits for or holds: it works under each for a while, then gives it back. */
export class ClientLocks {
  readonly #context: ClientContext;
  readonly #currentSession: () => ClientSession | undefined;
  #acquisitions: Acquisition[] = [];

  constructor(context: ClientContext, currentSession: () => ClientSession | undefined) {
    this.#context = context;
    this.#currentSession = currentSession;
  }

  /** What is being waited for or held. */
  get count(): number {
    return this.#acquisitions.length;
  }

  get idle(): boolean {
    return this.count === 0;
  }

  acquire(request: LockAcquire): void {
    const { name, wait } = request;
    const session = this.#currentSession();
    if (session === undefined) return;
    let acquisition: Acquisition | undefined;
    const sequence = this.#context.command(request, (result) => {
      if (acquisition !== undefined) this.#onAnswer(acquisition, result);
    });
    if (sequence === undefined) return;
    acquisition = { request, name, session, sequence: sequence as Sequence, state: 'asked', holds: [] };
    this.#acquisitions.push(acquisition);
    const { stream } = this.#context;
    if (wait && stream.chance(0.3)) this.#cancelAfter(acquisition, stream.exponential(400));
  }

  /** What a former program of the session has held is held by this one. */
  adopt(session: ClientSession, locks: readonly SessionLock[]): void {
    for (const lock of locks) {
      const { name, sequence, token } = lock;
      const request = requestOf(lock);
      const acquisition: Acquisition = { request, name, session, sequence, state: 'asked', holds: [] };
      this.#acquisitions.push(acquisition);
      this.#hold(acquisition, token);
    }
    // So that it is told if an operator takes one away.
    this.resume();
  }

  onGrant(grant: Grant): void {
    const acquisition = this.#acquisitions.find(
      ({ session, sequence }) => session.sessionId === grant.sessionId && sequence === grant.sequence,
    );
    if (acquisition === undefined) return;
    const { host, name: client } = this.#context;
    const { generation } = acquisition.session;
    host.history.grants.push({ ...grant, client, generation, name: acquisition.name, atUs: host.queue.nowUs });
    if (grant.state === 'held' && acquisition.state === 'queued') {
      host.coverage.hit('lock granted after waiting');
      this.#hold(acquisition, grant.token);
    }
    if (acquisition.state !== 'queued' && acquisition.state !== 'held') return;
    if (grant.state === 'ended') {
      host.coverage.hit('lock taken away by an operator');
      this.#letGo(acquisition, host.queue.nowUs);
    }
    if (grant.state === 'ended' || (grant.state === 'gone' && acquisition.state === 'queued')) this.#over(acquisition);
  }

  /** On a new connection: asks for what is still waited for. */
  resume(): void {
    for (const { session, sequence, name, state } of this.#acquisitions) {
      if (state !== 'queued' && state !== 'held') continue;
      const { sessionId, generation } = session;
      this.#context.outgoing().grantQueries.push({ sessionId, generation, sequence, name });
      this.#context.host.coverage.hit('lock grant found again after a break');
    }
  }

  /** The session is over, and with it everything here. */
  onSessionLost(session: ClientSession): void {
    for (const acquisition of this.#acquisitions) {
      if (acquisition.session !== session) continue;
      if (acquisition.holds.length > 0) {
        this.#letGo(acquisition, session.record.trustedUntilUs);
        this.#context.host.coverage.hit('lock lost with its session');
      }
      acquisition.state = 'over';
    }
    this.#acquisitions = this.#acquisitions.filter((acquisition) => acquisition.session !== session);
  }

  #onAnswer(acquisition: Acquisition, result: ResultBody): void {
    if (acquisition.state !== 'asked') return;
    if (result.kind !== 'lock' || result.state === 'refused') {
      this.#over(acquisition);
    } else if (result.state === 'held') {
      this.#context.host.coverage.hit('lock granted at once');
      this.#hold(acquisition, result.token);
    } else {
      acquisition.state = 'queued';
    }
  }

  #hold(acquisition: Acquisition, token: number): void {
    const { host, name: client, stream } = this.#context;
    const { request, session, sequence } = acquisition;
    const { sessionId } = session;
    if (!session.alive) return;
    const times = { fromUs: host.queue.nowUs, untilUs: Number.POSITIVE_INFINITY };
    acquisition.holds = holdsOf(request, { client, sessionId, generation: session.generation, sequence, token }, times);
    host.history.holds.push(...acquisition.holds);
    acquisition.state = 'held';
    const heldMs = stream.exponential(80);
    for (let writes = stream.between(0, 2); writes > 0; writes--) {
      this.#context.after(stream.real(0, heldMs), () => this.#work(acquisition, token));
    }
    this.#context.after(heldMs, () => this.#release(acquisition));
  }

  /** Asks whether it still holds the lock, as the SDK's user should, and then writes: inside of the store or outside. */
  #work(acquisition: Acquisition, token: number): void {
    const [hold] = acquisition.holds;
    if (acquisition.state !== 'held' || hold === undefined || !acquisition.session.alive) return;
    const { host, stream, name: client } = this.#context;
    const { name, sequence, request } = acquisition;
    if (stream.chance(0.2)) {
      this.#context.command({ kind: 'lockSetNote', name, sequence, note: utf8Bytes(`${client} works`) });
    }
    // Whoever shares a lock reads, and a permit fences nothing.
    if (isShared(request)) return;
    if (stream.chance(0.5)) {
      this.#context.command(fencedPut(client, name, token));
      return;
    }
    // Now and then the write is stuck on the way for longer than any lease.
    const delayUs = stream.chance(0.1) ? stream.real(100_000, 3_000_000) : stream.real(100, 2_000);
    host.queue.after(delayUs, () => host.resources.write(hold, host.queue.nowUs));
  }

  #release(acquisition: Acquisition): void {
    const { session, holds, name, sequence, request } = acquisition;
    const [hold] = holds;
    if (acquisition.state !== 'held' || hold === undefined || !session.alive) return;
    acquisition.state = 'ending';
    this.#letGo(acquisition, this.#context.host.queue.nowUs);
    const sent = this.#context.command({ kind: 'lockRelease', name, sequence }, () => this.#over(acquisition));
    if (sent === undefined) this.#over(acquisition);
    const { stream, name: client } = this.#context;
    // A part of the program that has not heard of it.
    if (!isShared(request) && stream.chance(0.1)) this.#context.command(fencedPut(client, name, hold.token));
  }

  #cancelAfter(acquisition: Acquisition, delayMs: number): void {
    this.#context.after(delayMs, () => {
      const { state, name, sequence, session } = acquisition;
      if ((state !== 'asked' && state !== 'queued') || !session.alive) return;
      acquisition.state = 'ending';
      this.#context.host.coverage.hit('lock wait cancelled');
      this.#context.command({ kind: 'lockCancel', name, sequence }, (result) => {
        if (result.kind === 'lockCancelled' && result.state === 'released') {
          this.#context.host.coverage.hit('lock cancel met the grant');
        }
        this.#over(acquisition);
      });
    });
  }

  #letGo(acquisition: Acquisition, atUs: number): void {
    for (const hold of acquisition.holds) hold.untilUs = Math.min(hold.untilUs, atUs);
    acquisition.holds = [];
  }

  #over(acquisition: Acquisition): void {
    acquisition.state = 'over';
    this.#acquisitions = this.#acquisitions.filter((other) => other !== acquisition);
  }
}
