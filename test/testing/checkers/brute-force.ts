import type { OperationEvent } from '../../../src/testing/checkers/event-history.ts';

/** What one object may hold, as a plain program: written apart from the models that it judges. */
interface Contents {
  readonly value: string | null;
  readonly count: bigint;
  /** The token of the holder, if any; of all tokens, the largest. */
  readonly holder: number | undefined;
  readonly highest: number;
  /** The holder may be joined by others. */
  readonly shared: boolean;
}

const empty: Contents = { value: null, count: 0n, holder: undefined, highest: 0, shared: false };

/** Those that are tried for a `lock` that was never answered; besides, it may have had one that nobody names. */
const tokens = [1, 2, 3, 4];

/**
 * Every order of every choice of the unanswered operations, one after the other: slow and obvious. For the events of one object.
 * Locks are judged as leases.
 */
export function isLinearizable(events: readonly OperationEvent[]): boolean {
  return extend(
    events.filter(({ outcome }) => outcome !== 'fail'),
    empty,
  );
}

function extend(left: readonly OperationEvent[], contents: Contents): boolean {
  if (left.every(({ outcome }) => outcome === 'unknown')) return true;
  for (const event of left) {
    if (left.some((other) => other.end !== null && other.end < event.start)) continue;
    const rest = left.filter((other) => other !== event);
    for (const after of apply(event, contents)) if (extend(rest, after)) return true;
  }
  return false;
}

function apply(event: OperationEvent, contents: Contents): Contents[] {
  const { value, count, holder, highest, shared } = contents;
  const ok = event.outcome === 'ok';
  const when = (possible: boolean, changes: Partial<Contents> = {}): Contents[] =>
    possible ? [{ ...contents, ...changes }] : [];
  switch (event.op) {
    case 'get':
    case 'fenced-read':
      return when(event.outcome !== 'ok' || event.result === value);
    case 'put':
      return when(true, { value: event.value });
    case 'cas': {
      const swapped = value === event.expected;
      return when(event.outcome !== 'ok' || event.result === swapped, swapped ? { value: event.value } : {});
    }
    case 'delete':
      return when(event.outcome !== 'ok' || event.result === (value !== null), { value: null });
    case 'next': {
      const last = count + BigInt(event.value ?? '1');
      return when(event.outcome !== 'ok' || event.result === String(last), { count: last });
    }
    case 'lock': {
      const mode = { shared: event.mode === 'shared' };
      if (event.outcome !== 'ok') {
        const given = tokens.filter((token) => token > highest).map((token) => ({ holder: token, highest: token }));
        return [{ holder: undefined }, ...given].map((changes) => ({ ...contents, ...mode, ...changes }));
      }
      if (mode.shared && shared && event.token === holder) return [contents];
      return when(event.token > highest, { holder: event.token, highest: event.token, ...mode });
    }
    case 'force-unlock': {
      const holds = event.token === holder;
      const none = when(event.outcome !== 'ok' || event.result === 0, holds ? { holder: undefined } : {});
      return [...when(holds && (event.outcome !== 'ok' || event.result > 0), { holder: undefined }), ...none];
    }
    case 'unlock': {
      const holds = event.token === holder;
      // One of those who share it is told of its own hold: others may be left.
      if (event.mode === 'shared') return when(event.outcome !== 'ok' || !event.result || holds);
      // Without an answer, or as the answer of a client that has lost its trust: the lock may be free or not.
      const notHeld = when(event.outcome !== 'ok' || !event.result);
      return [...when(holds && (!ok || (event.outcome === 'ok' && event.result)), { holder: undefined }), ...notHeld];
    }
    case 'fenced-write': {
      const accepted = event.token >= highest;
      const changes = accepted ? { highest: event.token, value: event.value } : {};
      return when(event.outcome !== 'ok' || event.result === accepted, changes);
    }
  }
}
