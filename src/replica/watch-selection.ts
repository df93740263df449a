import type { ObjectEvent } from '../machine/object-event.ts';
import { keyString, utf8Bytes } from '../wire/bytes.ts';
import type { KeyRange } from '../wire/operation.ts';
import type { WatchKind, WatchTarget } from '../wire/watch.ts';

/** What a watch looks at, and in which form. Names are in the form in which keys are compared: latin-1 strings of their bytes. */
export interface WatchSelection {
  readonly target: WatchTarget;
  readonly names: NameRange;
}

export type NameRange =
  | { readonly kind: 'single'; readonly name: string }
  | { readonly kind: 'range'; readonly from: string; readonly to: string | undefined };

/** A copy: a slice of the frame that brought the range would keep all of that in memory, for as long as the watch is there. */
export function selectionOf(target: WatchTarget): WatchSelection {
  const { from, to } = target.range;
  const range: KeyRange = { from: from.slice(), to: typeof to === 'string' ? to : to.slice() };
  return { target: { ...target, range }, names: nameRangeOf(range) };
}

export function selects({ names }: WatchSelection, name: string): boolean {
  if (names.kind === 'single') return name === names.name;
  return name >= names.from && (names.to === undefined || name < names.to);
}

export function selectsAny(selection: WatchSelection, events: readonly { readonly keyString: string }[]): boolean {
  for (const { keyString: key } of events) if (selects(selection, key)) return true;
  return false;
}

/** Nothing is left out of the events of keys that it selects. */
export function isPlain({ target: { events, keysOnly, withoutPrevious } }: WatchSelection): boolean {
  return events === 'all' && !keysOnly && !withoutPrevious;
}

/** Equal for equal targets: their watches are told the same bytes. */
export function selectionId({ target, names }: WatchSelection): string {
  const form = `${target.kind} ${target.events} ${target.keysOnly} ${target.withoutPrevious}`;
  if (names.kind === 'single') return `${form} = ${names.name}`;
  const to = names.to === undefined ? '-' : `${names.to.length}`;
  return `${form} ${to}:${names.to ?? ''}${names.from}`;
}

/** By which watches of its kind find the event. */
export function eventName({ subject }: ObjectEvent): string {
  return nameString(subject);
}

export function watchKindOf({ type }: ObjectEvent): Exclude<WatchKind, 'keys'> {
  if (type === 'lock') return 'locks';
  return type === 'counter' ? 'counters' : 'sessions';
}

function nameRangeOf(range: KeyRange): NameRange {
  const from = keyString(range.from);
  if (range.to === 'single') return { kind: 'single', name: from };
  return { kind: 'range', from, to: range.to === 'unbounded' ? undefined : keyString(range.to) };
}

/** ASCII, as most names are, stands for itself. */
function nameString(name: string): string {
  for (let at = 0; at < name.length; at++) {
    if (name.charCodeAt(at) > 0x7f) return keyString(utf8Bytes(name));
  }
  return name;
}
