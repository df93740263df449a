import { keyString } from '../wire/bytes.ts';
import type { KeyRange } from '../wire/operation.ts';

/** What a watch looks at, in the form in which keys are compared: latin-1 strings of their bytes. */
export type WatchSelection =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'range'; readonly from: string; readonly to: string | undefined };

export function selectionOf(range: KeyRange): WatchSelection {
  const from = keyString(range.from);
  if (range.to === 'single') return { kind: 'key', key: from };
  return { kind: 'range', from, to: range.to === 'unbounded' ? undefined : keyString(range.to) };
}

export function selects(selection: WatchSelection, key: string): boolean {
  if (selection.kind === 'key') return key === selection.key;
  return key >= selection.from && (selection.to === undefined || key < selection.to);
}

export function selectsAny(selection: WatchSelection, events: readonly { readonly keyString: string }[]): boolean {
  for (const { keyString: key } of events) if (selects(selection, key)) return true;
  return false;
}

/** Equal for equal selections of one kind; of a key, the key. */
export function selectionId(selection: WatchSelection): string {
  if (selection.kind === 'key') return selection.key;
  const to = selection.to === undefined ? '-' : `${selection.to.length}`;
  return `${to}:${selection.to ?? ''}${selection.from}`;
}
