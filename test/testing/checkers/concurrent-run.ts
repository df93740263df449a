import type { HistoryLine, OperationEvent } from '../../../src/testing/checkers/event-history.ts';

export interface ConcurrentRunOptions {
  readonly seed: number;
  readonly operations: number;
  readonly processes: number;
  readonly objects: number;
  /** The share of operations whose answer gets lost. */
  readonly unknown: number;
  readonly kinds?: readonly OperationEvent['op'][];
  /** So many different values are written to a key; absent: each is written once. */
  readonly values?: number;
}

interface Stored {
  value: string | null;
  count: bigint;
  holder: number | undefined;
  highest: number;
}

/**
 * What processes see of real objects: each operation takes effect in one moment between its start and its end, or, if its answer is
 * lost, at some moment or never.
 */
export function concurrentRun(options: ConcurrentRunOptions): OperationEvent[] {
  return new ConcurrentRun(options).run();
}

/** The Lehmer generator of Park and Miller: good enough to mix things up. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = (seed % 2147483646) + 1;
  return (below) => {
    state = (state * 48271) % 2147483647;
    return Math.floor((state / 2147483647) * below);
  };
}

class ConcurrentRun {
  readonly #options: ConcurrentRunOptions;
  readonly #random: (below: number) => number;
  readonly #objects = new Map<string, Stored>();
  readonly #held = new Map<string, number>();
  #lastToken = 0;
  #written = 0;

  constructor(options: ConcurrentRunOptions) {
    this.#options = options;
    this.#random = randomNumbers(options.seed);
    for (let warm = 0; warm < 5; warm++) this.#random(1);
  }

  run(): OperationEvent[] {
    const { operations, processes, unknown } = this.#options;
    const calls: { effect: number; start: number; end: number | null; process: string }[] = [];
    const freeAt = new Array<number>(processes).fill(0);
    const generation = new Array<number>(processes).fill(0);
    for (let at = 0; at < operations; at++) {
      const of = at % processes;
      const start = (freeAt[of] ?? 0) + 1 + this.#random(40);
      const end = start + this.#random(100);
      freeAt[of] = end + 1;
      const process = `p${of}.${generation[of]}`;
      const isUnknown = this.#random(10_000) < unknown * 10_000;
      const never = isUnknown && this.#random(2) === 0;
      const late = isUnknown ? this.#random(1000) : 0;
      const effect = never ? Number.POSITIVE_INFINITY : start + this.#random(end - start + 1) + late;
      calls.push({ effect, start, end: isUnknown ? null : end, process });
      if (isUnknown) generation[of] = (generation[of] ?? 0) + 1;
    }
    calls.sort((a, b) => a.effect - b.effect);
    const events = calls.map(({ effect, start, end, process }) => {
      const event = this.#apply(process, effect !== Number.POSITIVE_INFINITY);
      const known = end === null ? { outcome: 'unknown', result: undefined } : { outcome: 'ok' };
      const line = { process, ...event, ...known, start, end } as unknown as OperationEvent;
      if (line.op === 'lock' && end === null) return { ...line, token: undefined } as unknown as OperationEvent;
      return line;
    });
    // As the format has it: what is undefined is not there.
    return events.sort((a, b) => a.start - b.start).map((event) => JSON.parse(JSON.stringify(event)) as OperationEvent);
  }

  #apply(process: string, takesEffect: boolean): Partial<HistoryLine> {
    const { kinds = allKinds } = this.#options;
    const op = kinds[this.#random(kinds.length)] as OperationEvent['op'];
    const key = `o${this.#random(this.#options.objects)}`;
    const kind = kindOf(op);
    const stored = this.#objects.get(`${kind}/${key}`) ?? { value: null, count: 0n, holder: undefined, highest: 0 };
    this.#objects.set(`${kind}/${key}`, stored);
    const event = this.#perform(op, process, `${process}/${key}`, takesEffect ? stored : { ...stored });
    return { op, key, ...event } as Partial<HistoryLine>;
  }

  #perform(op: OperationEvent['op'], process: string, holdName: string, stored: Stored): Record<string, unknown> {
    switch (op) {
      case 'get':
      case 'fenced-read':
        return { result: stored.value };
      case 'put': {
        const value = this.#value(process);
        stored.value = value;
        return { value };
      }
      case 'cas': {
        const value = this.#value(process);
        const expected = this.#random(3) === 0 ? null : stored.value;
        const result = stored.value === expected;
        if (result) stored.value = value;
        return { expected, value, result };
      }
      case 'delete': {
        const result = stored.value !== null;
        stored.value = null;
        return { result };
      }
      case 'next': {
        const value = 1 + this.#random(2);
        stored.count += BigInt(value);
        return { value: String(value), result: String(stored.count) };
      }
      case 'lock': {
        this.#lastToken += 1 + this.#random(3);
        stored.highest = Math.max(stored.highest, this.#lastToken);
        stored.holder = this.#lastToken;
        this.#held.set(holdName, this.#lastToken);
        return { token: this.#lastToken };
      }
      case 'force-unlock': {
        const token = stored.holder ?? 1;
        const result = stored.holder === undefined ? 0 : 1;
        stored.holder = undefined;
        return { token, result };
      }
      case 'unlock': {
        const token = this.#held.get(holdName) ?? 1;
        const result = stored.holder === token;
        if (result) stored.holder = undefined;
        return { token, result };
      }
      case 'fenced-write': {
        const token = Math.max(1, stored.highest - 2 + this.#random(4));
        const value = this.#value(process);
        const result = token >= stored.highest;
        if (result) Object.assign(stored, { highest: token, value });
        return { token, value, result };
      }
    }
  }

  #value(process: string): string {
    this.#written += 1;
    const { values } = this.#options;
    return values === undefined ? `${process}:${this.#written}` : `v${this.#random(values)}`;
  }
}

const allKinds: readonly OperationEvent['op'][] = [
  'get',
  'get',
  'put',
  'cas',
  'delete',
  'next',
  'lock',
  'unlock',
  'force-unlock',
  'fenced-write',
  'fenced-read',
];

function kindOf(op: OperationEvent['op']): string {
  if (op === 'next') return 'counter';
  if (op === 'lock' || op === 'unlock' || op === 'force-unlock') return 'lock';
  return op === 'fenced-write' || op === 'fenced-read' ? 'resource' : 'key';
}
