import type { Model, TimedOperation } from '../wgl/model.ts';

/** Outcomes are resolved, as in `RegisterStep`. Tokens are larger than 0. */
export type MutexOperation =
  /**
   * `token` undefined: nobody learned it. `leased`: its hold may end by itself at any time, with the session of its holder. `after`: see
   * `chainGrants`.
   */
  | { readonly kind: 'grant'; readonly token: number | undefined; readonly leased: boolean; readonly after?: number }
  /** Its holder has released it. */
  | { readonly kind: 'release'; readonly token: number }
  /** It was seen that the holder has that token. */
  | { readonly kind: 'holds'; readonly token: number }
  /** It was seen that the holder, if any, has another token. */
  | { readonly kind: 'holdsNot'; readonly token: number }
  /** It was seen that nobody holds it. */
  | { readonly kind: 'free' };

export interface MutexState {
  readonly holder: 'nobody' | 'someone' | 'unknown token';
  /** Of all that were given out and are known, the largest. */
  readonly highest: number;
  /** The hold that there is, if any, may end by itself. */
  readonly leased: boolean;
}

/**
 * A lock that gives each holder a token larger than all before it.
 *
 * A hold under a lease may end without anybody's call, because the session of the holder has expired, and the next one may be granted
 * while the former holder still works: that is legal, and the reason for tokens. So a grant is refused by this model only if its token
 * does not rise or a hold without a lease is in its way. A release succeeds for the current holder only: who was succeeded is told.
 */
export const fencedMutexModel: Model<MutexState, MutexOperation> = {
  initial: { holder: 'nobody', highest: 0, leased: true },
  step(state, operation) {
    switch (operation.kind) {
      case 'grant': {
        if (state.holder !== 'nobody' && !state.leased) return undefined;
        const { token, leased } = operation;
        if (token === undefined) return { holder: 'unknown token', highest: state.highest, leased };
        return token > state.highest && state.highest >= (operation.after ?? 0)
          ? { holder: 'someone', highest: token, leased }
          : undefined;
      }
      case 'release':
        return free(heldWith(state, operation.token));
      case 'holds':
        return heldWith(state, operation.token);
      case 'holdsNot':
        if (state.holder !== 'someone' || state.highest !== operation.token) return state;
        return state.leased ? free(state) : undefined;
      case 'free':
        return state.holder === 'nobody' || state.leased ? free(state) : undefined;
    }
  },
  // That a hold ends by itself allows nothing new: whoever comes next may come in any case.
  isRead: ({ kind }) => kind === 'holds' || kind === 'holdsNot' || kind === 'free',
  isTooLate({ holder, highest }, operation) {
    const { kind } = operation;
    if (kind === 'grant') return operation.token !== undefined && operation.token <= highest;
    if (kind !== 'holds' && kind !== 'release') return false;
    return operation.token < highest || (operation.token === highest && holder !== 'someone');
  },
  keyOf: ({ holder, highest, leased }) => `${holder}/${highest}/${leased}`,
};

/** For histories with grants of which nobody learned the token: then who is seen to hold it may be learned by that. */
export const anonymousMutexModel: Model<MutexState, MutexOperation> = { ...fencedMutexModel, isRead: () => false };

/**
 * Tokens rise, so that all that names one comes in the order of tokens: its grant, then what shows it held, then its release, then the
 * grant of the next. This says so beforehand, by intervals no wider than that allows; it keeps the search short, and changes no verdict.
 */
export function chainGrants(
  operations: readonly TimedOperation<MutexOperation>[],
): readonly TimedOperation<MutexOperation>[] {
  const links: Link[] = [];
  const rest: TimedOperation<MutexOperation>[] = [];
  for (const timed of operations) {
    const { start, end } = timed;
    const link = end === Number.POSITIVE_INFINITY ? undefined : linkOf(timed.operation);
    if (link === undefined) rest.push(timed);
    else links.push({ ...link, timed, start, end });
  }
  links.sort((a, b) => a.token - b.token || a.rank - b.rank);
  narrow(links);
  let before = 0;
  const chained = links.map(({ timed, token, rank, start, end }) => {
    if (timed.operation.kind !== 'grant') return { ...timed, start, end };
    const operation = { ...timed.operation, after: before };
    if (rank === 0) before = token;
    return { ...timed, operation, start, end };
  });
  return [...chained, ...rest];
}

interface Link {
  readonly timed: TimedOperation<MutexOperation>;
  readonly token: number;
  /** Among all of one token. */
  readonly rank: number;
  start: number;
  end: number;
}

function linkOf(operation: MutexOperation): { readonly token: number; readonly rank: number } | undefined {
  if (operation.kind === 'holdsNot' || operation.kind === 'free') return undefined;
  const { kind, token } = operation;
  return token === undefined ? undefined : { token, rank: kind === 'grant' ? 0 : kind === 'holds' ? 1 : 2 };
}

/** Each starts no earlier than all that must come before it, and ends no later than all that must come after it. */
function narrow(links: readonly Link[]): void {
  const isSameLink = (a: Link, b: Link): boolean => a.token === b.token && a.rank === b.rank;
  const pass = (ordered: readonly Link[], bound: (link: Link, before: Link) => void): void => {
    let before: Link[] = [];
    let same: Link[] = [];
    for (const link of ordered) {
      if (same[0] !== undefined && !isSameLink(same[0], link)) {
        before = same;
        same = [];
      }
      for (const other of before) bound(link, other);
      same.push(link);
    }
  };
  pass(links, (link, before) => {
    link.start = Math.max(link.start, before.start);
  });
  pass(links.toReversed(), (link, after) => {
    link.end = Math.min(link.end, after.end);
  });
}

/** The state in which the holder has that token, if it may be so. */
function heldWith(state: MutexState, token: number): MutexState | undefined {
  if (state.holder === 'someone') return state.highest === token ? state : undefined;
  if (state.holder === 'nobody' || token <= state.highest) return undefined;
  return { ...state, holder: 'someone', highest: token };
}

function free(state: MutexState | undefined): MutexState | undefined {
  return state && { holder: 'nobody', highest: state.highest, leased: true };
}
