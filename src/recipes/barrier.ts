import type { CallOptions, Client } from '../client/index.ts';
import { type ArriveOptions, type Meeting, Rendezvous } from './rendezvous.ts';

export interface BarrierOptions {
  /** How many have to arrive, 1 to 250. All who use the name say the same. */
  readonly parties: number;
}

/** What came of a round: who passed, and as which of them. */
export interface Passing {
  /** 1, 2, 3, …, broken rounds included. */
  readonly round: number;
  /** In the order of arrival, from 0. */
  readonly position: number;
}

export interface Barrier {
  readonly name: string;
  readonly parties: number;
  /**
   * Waits until as many have arrived as there are parties. Without end by default. Rejects with BARRIER_BROKEN if one of them dies or gives
   * up before; with TIMEOUT or ABORTED if this one gives up, which breaks the round for the others; with outcome `unknown`, if it cannot
   * say so in time: then they may have passed with it. Then the next round begins.
   */
  wait(options?: ArriveOptions): Promise<Passing>;
}

/** Between `enter` and `leave`. */
export interface Passage extends Passing, AsyncDisposable {
  /** Waits until all others have left, too, or died. Rejects with TIMEOUT or ABORTED, and can be called again. Disposal does not wait. */
  leave(options?: CallOptions): Promise<void>;
}

export interface DoubleBarrier {
  readonly name: string;
  readonly parties: number;
  /** As `wait` of a barrier. */
  enter(options?: ArriveOptions): Promise<Passage>;
}

/**
 * All parties pass together, or none does: either all of a round learn that it was passed, or all that it was broken. A participant that
 * dies hangs nobody: its session expires, and the round is broken for the rest. It can be used again, round after round.
 */
export function barrier(client: Client, name: string, { parties }: BarrierOptions): Barrier {
  const rendezvous = new Rendezvous(client, 'barrier', name, parties);
  return {
    name,
    parties,
    wait: async (options = {}) => passingOf(await rendezvous.meet(options, false)),
  };
}

/**
 * As `barrier`, and all leave together, too: `leave` waits for the others. A participant that dies after it has entered counts as one that
 * has left, when its session has expired.
 */
export function doubleBarrier(client: Client, name: string, { parties }: BarrierOptions): DoubleBarrier {
  const rendezvous = new Rendezvous(client, 'double-barrier', name, parties);
  return {
    name,
    parties,
    async enter(options = {}) {
      const meeting = await rendezvous.meet(options, true);
      return {
        ...passingOf(meeting),
        leave: (limits = {}) => rendezvous.part(meeting, limits),
        [Symbol.asyncDispose]: () => rendezvous.withdraw(meeting),
      };
    },
  };
}

function passingOf({ round, id, parties }: Meeting): Passing {
  return { round, position: parties.indexOf(id) };
}
