import type { NodeId } from '../../../wire/identifiers.ts';

/** Whom each of some nodes follows, if that is one and the same; itself, for the one that leads. */
export function followedByAll(leaders: readonly (NodeId | undefined)[]): NodeId | undefined {
  const [first] = leaders;
  return leaders.every((leader) => leader === first) ? first : undefined;
}
