import type { Model, TimedOperation } from '../wgl/model.ts';

/** Outcomes are resolved, as in `RegisterStep`. Tokens are larger than 0. */
export type MutexOperation =
  /**
   * `token` undefined: nobody learned it. `leased`: its hold may end by itself at any time, with the session of its holder. `shared`:
   * beside others of the same token. `after`: see `chainGrants`.
   */
  | {
      readonly kind: 'grant';
      readonly token: number | undefined;
      readonly leased: boolean;
      readonly shared?: boolean;
      readonly after?: number;
    }
  /** Its holder has released it; if it is shared: the last of them. */
  | { readonly kind: 'release'; readonly token: number }
  /** It was seen that the holder has that token, or, if it is shared, one of the holders. */
  | { readonly kind: 'holds'; readonly token: number; readonly shared?: boolean }
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
  /** Others may join it. */
  readonly shared: boolean;
}

/**
 * A lock that gives each holder a token larger than all before it.
 *
 * A hold under a lease may end without anybody's call, because the session of the holder has expired, and the next one may be granted
 * while the former holder still works: that is legal, and the reason for tokens. So a grant is refused by this model only if its token
 * does not rise or a hold without a lease is in its way. A release succeeds for the current holder only: who was succeeded is told.
 *
 * Those who share it have one token as long as the period lasts, and join it until the next token is given out. Who of them is left is not
 * counted here: that holds do not overlap is judged by `checkEventHolds`.
 */
export const fencedMutexModel: Model<MutexState, MutexOperation> = {
  initial: { holder: 'nobody', highest: 0, leased: true, shared: false },
  step(state, operation) {
    switch (operation.kind) {
      case 'grant': {
        const { token, leased, shared = false } = operation;
        if (shared && joins(state, token)) return state;
        if (state.holder !== 'nobody' && !state.leased) return undefined;
        if (token === undefined) return { holder: 'unknown token', highest: state.highest, leased, shared };
        return token > state.highest && state.highest >= (operation.after ?? 0)
          ? { holder: 'someone', highest: token, leased, shared }
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
  isTooLate(state, operation) {
    const { holder, highest } = state;
    const { kind } = operation;
    if (kind === 'grant') {
      const { token, shared = false } = operation;
      return token !== undefined && token <= highest && !(shared && joins(state, token));
    }
    if (kind !== 'holds' && kind !== 'release') return false;
    return operation.token < highest || (operation.token === highest && holder !== 'someone');
  },
  keyOf: ({ holder, highest, leased, shared }) => `${holder}/${highest}/${leased}/${shared}`,
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
  let granted = 0;
  const chained = links.map(({ timed, token, start, end }) => {
    if (timed.operation.kind !== 'grant') return { ...timed, start, end };
    if (token !== granted) {
      before = granted;
      granted = token;
    }
    return { ...timed, operation: { ...timed.operation, after: before }, start, end };
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
  if (token === undefined) return undefined;
  // Of those who share it, one may be seen to hold it before another joins.
  const isGrant = kind === 'grant' || (kind === 'holds' && operation.shared === true);
  return { token, rank: isGrant ? 0 : kind === 'holds' ? 1 : 2 };
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

function joins({ holder, highest, shared }: MutexState, token: number | undefined): boolean {
  return shared && holder === 'someone' && token === highest;
}

/** The state in which the holder has that token, if it may be so. */
function heldWith(state: MutexState, token: number): MutexState | undefined {
  if (state.holder === 'someone') return state.highest === token ? state : undefined;
  if (state.holder === 'nobody' || token <= state.highest) return undefined;
  return { ...state, holder: 'someone', highest: token };
}

function free(state: MutexState | undefined): MutexState | undefined {
  return state && { holder: 'nobody', highest: state.highest, leased: true, shared: false };
}
