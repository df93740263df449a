import { setTimeout as delay } from 'node:timers/promises';
import type { ChosenSlot, LogPage } from '../../rpc/inspection-client.ts';
import { CommandFailure } from '../failure.ts';

/** The most that a node gives in one answer. */
const mostPerPage = 256;

export interface LogReading {
  readonly ask: (fromSlot: number, limit: number) => Promise<LogPage>;
  /** Undefined: so that the newest `limit` come. */
  readonly fromSlot: number | undefined;
  /** At most so many; while it goes on without a `fromSlot`, so many of those that are there. Undefined: all. */
  readonly limit: number | undefined;
  /** Goes on with what is chosen later. */
  readonly follow: boolean;
  /** Between two looks for what has been chosen since. */
  readonly lookMs: number;
  readonly signal: AbortSignal;
  /** Slots from the first one to that before `oldestSlot` are not kept any more. */
  readonly onSkipped: (oldestSlot: number) => Promise<void>;
}

/** Chosen slots of one node, in order and without a gap but those told of. @throws CommandFailure NOT_KEPT; what `ask` throws */
export async function* readLog(reading: LogReading): AsyncGenerator<ChosenSlot, void> {
  const { ask, fromSlot, limit = Number.POSITIVE_INFINITY, follow, lookMs, signal, onSkipped } = reading;
  let next = fromSlot ?? (await newestFrom(ask, limit));
  let left = follow && fromSlot === undefined ? Number.POSITIVE_INFINITY : limit;
  while (left > 0) {
    signal.throwIfAborted();
    const { slots, chosenSlot, oldestSlot } = await ask(next, Math.min(left, mostPerPage));
    if (next < oldestSlot) {
      await onSkipped(oldestSlot);
      next = oldestSlot;
      continue;
    }
    for (const slot of slots) {
      yield slot;
      next = slot.slot + 1;
      left -= 1;
    }
    if (next <= chosenSlot) {
      if (slots.length === 0)
        throw new CommandFailure('NOT_KEPT', `the node has not kept slot ${next}: ask another one`);
    } else if (follow) {
      await delay(lookMs, undefined, { signal });
    } else {
      return;
    }
  }
}

async function newestFrom(ask: LogReading['ask'], limit: number): Promise<number> {
  const { chosenSlot, oldestSlot } = await ask(0, 1);
  return Math.max(oldestSlot, chosenSlot - limit + 1);
}
