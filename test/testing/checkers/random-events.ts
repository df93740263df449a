import fc from 'fast-check';
import type { OperationEvent } from '../../../src/testing/checkers/event-history.ts';

type Call = Record<string, unknown> & { readonly op: OperationEvent['op'] };

const value = fc.constantFrom('a', 'b', 'c');
const content = fc.constantFrom('a', 'b', 'c', null);
const token = fc.integer({ min: 1, max: 4 });

/** Few values and many overlaps, so that about as many histories are right as wrong. */
const ofKey: fc.Arbitrary<Call> = fc.oneof(
  fc.record({ op: fc.constant('get' as const), result: content }),
  fc.record({ op: fc.constant('put' as const), value }),
  fc.record({ op: fc.constant('cas' as const), expected: content, value, result: fc.boolean() }),
  fc.record({ op: fc.constant('delete' as const), result: fc.boolean() }),
);

const ofCounter: fc.Arbitrary<Call> = fc.record({
  op: fc.constant('next' as const),
  value: fc.constantFrom('1', '2'),
  result: fc.integer({ min: 1, max: 8 }).map(String),
});

const ofLock: fc.Arbitrary<Call> = fc.oneof(
  fc.record({ op: fc.constant('lock' as const), token }),
  fc.record({ op: fc.constant('unlock' as const), token, result: fc.boolean() }),
);

/** Odd tokens are those of shared periods. */
const modeOf = (of: number): object => (of % 2 === 1 ? { mode: 'shared' } : {});

const ofSharedLock: fc.Arbitrary<Call> = fc.oneof(
  token.map((of) => ({ op: 'lock' as const, token: of, ...modeOf(of) })),
  fc.tuple(token, fc.boolean()).map(([of, result]) => ({ op: 'unlock' as const, token: of, result, ...modeOf(of) })),
  fc.record({ op: fc.constant('force-unlock' as const), token, result: fc.nat(1) }),
);

const ofResource: fc.Arbitrary<Call> = fc.oneof(
  fc.record({ op: fc.constant('fenced-write' as const), token, value, result: fc.boolean() }),
  fc.record({ op: fc.constant('fenced-read' as const), result: content }),
);

const argumentsOf: Readonly<Record<OperationEvent['op'], readonly string[]>> = {
  get: [],
  put: ['value'],
  cas: ['expected', 'value'],
  delete: [],
  next: ['value'],
  lock: ['mode'],
  unlock: ['token', 'mode'],
  'force-unlock': ['token'],
  'fenced-write': ['token', 'value'],
  'fenced-read': [],
};

/** An operation that may have any answer, and anything may have happened meanwhile. */
function anyEvent(call: fc.Arbitrary<Call>): fc.Arbitrary<OperationEvent> {
  const times = fc.tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 5 }));
  const outcome = fc.constantFrom('ok', 'ok', 'ok', 'ok', 'unknown');
  return fc.tuple(call, times, outcome).map(([answered, [start, length], outcome]) => {
    const base = { process: `p${start}`, key: 'k', start, outcome };
    if (outcome === 'ok') return { ...base, ...answered, end: start + length } as unknown as OperationEvent;
    const called = argumentsOf[answered.op].flatMap((name) => (name in answered ? [[name, answered[name]]] : []));
    return { ...base, op: answered.op, ...Object.fromEntries(called), end: null } as unknown as OperationEvent;
  });
}

/** Small histories of one object, right and wrong ones. */
export const anyEvents: Readonly<Record<string, fc.Arbitrary<OperationEvent[]>>> = Object.fromEntries(
  Object.entries({
    key: ofKey,
    counter: ofCounter,
    lock: ofLock,
    'shared lock': ofSharedLock,
    'fenced resource': ofResource,
  }).map(([kind, call]) => [kind, fc.array(anyEvent(call), { minLength: 1, maxLength: 7 })]),
);
