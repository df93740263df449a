import type { NodeId } from './identifiers.ts';

/** A proposal number: unique to the node that made it, totally ordered. */
export interface Ballot {
  readonly round: number;
  readonly nodeId: NodeId | '';
}

/** Below every ballot that a node can make. */
export const zeroBallot: Ballot = { round: 0, nodeId: '' };

export function compareBallots(a: Ballot, b: Ballot): number {
  if (a.round !== b.round) return a.round - b.round;
  if (a.nodeId === b.nodeId) return 0;
  return a.nodeId < b.nodeId ? -1 : 1;
}

export function sameBallot(a: Ballot, b: Ballot): boolean {
  return a.round === b.round && a.nodeId === b.nodeId;
}

export function formatBallot(ballot: Ballot): string {
  return `${ballot.round}.${ballot.nodeId}`;
}
