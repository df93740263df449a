/**
 * Numbers that must not be mixed up. A brand costs nothing at run time; `as` at the one place where the number is made
 * says where it comes from.
 */
declare const brand: unique symbol;
type Branded<T, Name extends string> = T & { readonly [brand]: Name };

/**
 * Raised by one for each command that changes anything; orders keys, locks, sessions, counters and watches.
 * A safe integer; 0: nothing yet.
 */
export type Revision = Branded<number, 'Revision'>;

/** The revision at which the session was opened. */
export type SessionId = Branded<number, 'SessionId'>;

/** A member's name, such as `n1`. Compared by code unit. */
export type NodeId = Branded<string, 'NodeId'>;

/** 1, 2, 3, … within (session, generation): the order in which the program called its commands. */
export type Sequence = Branded<number, 'Sequence'>;

/** One name of a node: it is part of file names, flags and log lines. */
export const nodeIdPattern: RegExp = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
