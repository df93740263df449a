/**
 * What people build from locks, keys and watches: small modules over the public SDK alone, each with a promise that is tested. They
 * are given a client, which stays the caller's to close.
 *
 * @packageDocumentation
 */
export { group } from './group.ts';
export type { Group, GroupChange, GroupEvent, JoinOptions, Member, Membership, Metadata } from './group-types.ts';
export { HashRing, type HashRingOptions, type PlaceOptions, type RingMember } from './hash-ring.ts';
export { RecipeError, type RecipeErrorCode, type RecipeErrorDetails } from './recipe-error.ts';
export { type Ring, type RingChange, type RingOptions, ring } from './ring.ts';
