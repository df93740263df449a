/** An invariant of the program is broken: nothing that it believes may be trusted any more. The shell stops the node. */
export class AssertionFailure extends Error {
  override readonly name = 'AssertionFailure';
}

/** Stays on in production. @throws AssertionFailure */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionFailure(message);
}
