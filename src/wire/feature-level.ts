import type { OperationBody } from './operation.ts';

/**
 * What the members of a cluster agree to make use of: a number in the replicated state, raised once all of them support it. Commands of a
 * higher level are not proposed before, so that a node of an older version, which could not carry them out, never meets one.
 *
 * 1: as it was first. 2: settings in the log, and with them the quota; members that change.
 */
export const firstFeatureLevel = 1;
export const settingsFeatureLevel = 2;
export const membersFeatureLevel = 2;

/** The highest that this version can carry out. */
export const supportedFeatureLevel = settingsFeatureLevel;

const levels: { readonly [Kind in OperationBody['kind']]?: number } = {
  changeSettings: settingsFeatureLevel,
};

/** What a cluster must have come to before the operation may be proposed, and a node must support to carry it out. */
export function featureLevelOf(body: OperationBody): number {
  // Who cannot carry out what a level allows must not come to it.
  return body.kind === 'raiseFeatureLevel' ? body.level : (levels[body.kind] ?? firstFeatureLevel);
}
