import type { Model } from '../wgl/model.ts';
import type { Footprint } from './unanswered-writes.ts';

/** Outcomes are resolved, as in `RegisterStep`. */
export type FencedRegisterOperation =
  /** `value` undefined: one that nobody has read. */
  | { readonly kind: 'accepted'; readonly token: number; readonly value: string | undefined }
  | { readonly kind: 'refused'; readonly token: number }
  | { readonly kind: 'read'; readonly value: string | null };

export interface FencedRegisterState {
  readonly highest: number;
  readonly value: string | null | undefined;
}

/** A resource that takes a write if its token is not smaller than all that it has seen, and shows the last one that it took. */
export const fencedRegisterModel: Model<FencedRegisterState, FencedRegisterOperation> = {
  initial: { highest: 0, value: null },
  step(state, operation) {
    switch (operation.kind) {
      case 'accepted':
        return operation.token >= state.highest ? { highest: operation.token, value: operation.value } : undefined;
      case 'refused':
        return operation.token < state.highest ? state : undefined;
      case 'read':
        return operation.value === state.value ? state : undefined;
    }
  },
  isTooLate: ({ highest }, operation) => operation.kind === 'accepted' && operation.token < highest,
  isRead: ({ kind }) => kind !== 'accepted',
  keyOf: ({ highest, value }) => (typeof value === 'string' ? `${highest}/${value}` : `${highest} ${value}`),
};

/** For `settleUnanswered`. */
export function fencedRegisterFootprint(operation: FencedRegisterOperation): Footprint {
  return {
    finds: operation.kind === 'read' ? operation.value : undefined,
    findsOther: operation.kind === 'refused',
    changes: operation.kind === 'accepted',
    leaves: operation.kind === 'accepted' ? operation.value : undefined,
    mayVanish: false,
  };
}
