import type { Entry, View, ViewEvent } from '../client/index.ts';
import type { Member, Metadata } from './group-types.ts';
import { keptValueOf } from './kept-key.ts';
import { invalidArgument, keyPrefix, nameIn } from './names.ts';

/** Where the members of a group are. */
export function membersPrefix(name: string): string {
  return keyPrefix('group', name);
}

export function memberOf(entry: Entry, prefix: string): Member {
  return {
    id: nameIn(entry.key, prefix),
    session: entry.session ?? '',
    joinedRevision: entry.createRevision,
    metadata: metadataIn(entry),
  };
}

export function inOrderOfJoining(members: Iterable<Member>): readonly Member[] {
  return [...members].sort((a, b) => a.joinedRevision - b.joinedRevision || (a.id < b.id ? -1 : 1));
}

/** Of a view of the members. */
export function membersIn(view: View, prefix: string): readonly Member[] {
  return inOrderOfJoining([...view.entries()].map(([, entry]) => memberOf(entry, prefix)));
}

/** Whether anything changed but what members tell of themselves. */
export function changesWhoIsThere(event: ViewEvent): boolean {
  return event.type !== 'put' || event.previous?.session !== event.entry.session;
}

export function checkedMetadata(metadata: Metadata): Metadata {
  if (isMetadata(metadata)) return metadata;
  throw invalidArgument('metadata is an object whose values are texts');
}

function metadataIn(entry: Entry): Metadata {
  const value = keptValueOf(entry)?.value;
  return isMetadata(value) ? value : {};
}

function isMetadata(value: unknown): value is Metadata {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((text) => typeof text === 'string');
}
