/** What would make equal plans give different runs, by the name under which code would reach it. */
const forbidden: readonly (readonly [holder: object, name: string, shownAs: string])[] = [
  [Date, 'now', 'Date.now'],
  [Math, 'random', 'Math.random'],
  [performance, 'now', 'performance.now'],
  [crypto, 'randomUUID', 'crypto.randomUUID'],
  [crypto, 'getRandomValues', 'crypto.getRandomValues'],
  [process, 'hrtime', 'process.hrtime'],
  [globalThis, 'setTimeout', 'setTimeout'],
  [globalThis, 'setInterval', 'setInterval'],
  [globalThis, 'setImmediate', 'setImmediate'],
  [globalThis, 'queueMicrotask', 'queueMicrotask'],
];

/**
 * For the time of the call, clocks, timers and randomness of the process throw: whoever reaches for one of them in a simulated
 * world would make its seed worthless. Only for what is synchronous, since the whole process is concerned. What was imported by
 * name from `node:crypto` or `node:timers` is out of its reach.
 */
export function withoutNondeterminism<T>(run: () => T): T {
  const originals = forbidden.map(([holder, name]) => Object.getOwnPropertyDescriptor(holder, name));
  const RealDate = globalThis.Date;
  for (const [holder, name, shownAs] of forbidden) {
    // `bigint` stands for `process.hrtime.bigint`.
    const value = Object.assign((): never => refuse(shownAs), { bigint: (): never => refuse(shownAs) });
    Object.defineProperty(holder, name, { value, configurable: true, writable: true });
  }
  globalThis.Date = guardedDate(RealDate);
  try {
    return run();
  } finally {
    globalThis.Date = RealDate;
    for (const [at, [holder, name]] of forbidden.entries()) {
      const original = originals[at];
      if (original === undefined) Reflect.deleteProperty(holder, name);
      else Object.defineProperty(holder, name, original);
    }
  }
}

/** A date that is made from a time is harmless. */
function guardedDate(RealDate: DateConstructor): DateConstructor {
  return new Proxy(RealDate, {
    apply: () => refuse('Date()'),
    construct: (target, args, newTarget) => {
      if (args.length === 0) refuse('new Date()');
      return Reflect.construct(target, args, newTarget) as object;
    },
  });
}

function refuse(shownAs: string): never {
  throw new Error(`${shownAs} in a simulated world: equal seeds would not give equal runs`);
}
