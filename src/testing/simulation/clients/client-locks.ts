import type { Grant } from '../../../wire/frame.ts';
import type { Sequence } from '../../../wire/identifiers.ts';
import type { ResultBody } from '../../../wire/result.ts';
import type { SessionLock } from '../../../wire/session-info.ts';
import type { HoldRecord } from '../../checkers/history.ts';
import type { ClientContext } from './client-parts.ts';
import type { ClientSession } from './client-session.ts';
import { fencedPut } from './fenced-put.ts';

interface Acquisition {
  readonly name: string;
  readonly session: ClientSession;
  readonly sequence: Sequence;
  state: 'asked' | 'queued' | 'held' | 'ending' | 'over';
  hold: HoldRecord | undefined;
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

  acquire(name: string, wait: boolean): void {
    const session = this.#currentSession();
    if (session === undefined) return;
    let acquisition: Acquisition | undefined;
    const sequence = this.#context.command({ kind: 'lockAcquire', name, wait }, (result) => {
      if (acquisition !== undefined) this.#onAnswer(acquisition, result);
    });
    if (sequence === undefined) return;
    acquisition = { name, session, sequence: sequence as Sequence, state: 'asked', hold: undefined };
    this.#acquisitions.push(acquisition);
    const { stream } = this.#context;
    if (wait && stream.chance(0.3)) this.#cancelAfter(acquisition, stream.exponential(400));
  }

  /** What a former program of the session has held is held by this one. */
  adopt(session: ClientSession, locks: readonly SessionLock[]): void {
    for (const { name, sequence, token } of locks) {
      const acquisition: Acquisition = { name, session, sequence, state: 'asked', hold: undefined };
      this.#acquisitions.push(acquisition);
      this.#hold(acquisition, token);
    }
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
    if (grant.state === 'gone' && acquisition.state === 'queued') this.#over(acquisition);
  }

  /** On a new connection: asks for what is still waited for. */
  resume(): void {
    for (const { session, sequence, name, state } of this.#acquisitions) {
      if (state !== 'queued') continue;
      const { sessionId, generation } = session;
      this.#context.outgoing().grantQueries.push({ sessionId, generation, sequence, name });
      this.#context.host.coverage.hit('lock grant found again after a break');
    }
  }

  /** The session is over, and with it everything here. */
  onSessionLost(session: ClientSession): void {
    for (const acquisition of this.#acquisitions) {
      if (acquisition.session !== session) continue;
      if (acquisition.hold !== undefined) {
        this.#letGo(acquisition.hold, session.record.trustedUntilUs);
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
    const { name, session, sequence } = acquisition;
    if (!session.alive) return;
    const hold: HoldRecord = {
      client,
      name,
      sessionId: session.sessionId,
      generation: session.generation,
      sequence,
      token,
      fromUs: host.queue.nowUs,
      untilUs: Number.POSITIVE_INFINITY,
    };
    host.history.holds.push(hold);
    acquisition.state = 'held';
    acquisition.hold = hold;
    const heldMs = stream.exponential(80);
    for (let writes = stream.between(0, 2); writes > 0; writes--) {
      this.#context.after(stream.real(0, heldMs), () => this.#work(acquisition, token));
    }
    this.#context.after(heldMs, () => this.#release(acquisition));
  }

  /** Asks whether it still holds the lock, as the SDK's user should, and then writes: inside of the store or outside. */
  #work(acquisition: Acquisition, token: number): void {
    const { name, hold, state, session } = acquisition;
    if (state !== 'held' || hold === undefined || !session.alive) return;
    const { host, stream, name: client } = this.#context;
    if (stream.chance(0.5)) {
      this.#context.command(fencedPut(client, name, token));
      return;
    }
    // Now and then the write is stuck on the way for longer than any lease.
    const delayUs = stream.chance(0.1) ? stream.real(100_000, 3_000_000) : stream.real(100, 2_000);
    host.queue.after(delayUs, () => host.resources.write(hold, host.queue.nowUs));
  }

  #release(acquisition: Acquisition): void {
    const { session, hold, name, sequence } = acquisition;
    if (acquisition.state !== 'held' || hold === undefined || !session.alive) return;
    acquisition.state = 'ending';
    this.#letGo(hold, this.#context.host.queue.nowUs);
    acquisition.hold = undefined;
    const sent = this.#context.command({ kind: 'lockRelease', name, sequence }, () => this.#over(acquisition));
    if (sent === undefined) this.#over(acquisition);
    const { stream, name: client } = this.#context;
    // A part of the program that has not heard of it.
    if (stream.chance(0.1)) this.#context.command(fencedPut(client, name, hold.token));
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

  #letGo(hold: HoldRecord, atUs: number): void {
    hold.untilUs = Math.min(hold.untilUs, atUs);
  }

  #over(acquisition: Acquisition): void {
    acquisition.state = 'over';
    this.#acquisitions = this.#acquisitions.filter((other) => other !== acquisition);
  }
}
