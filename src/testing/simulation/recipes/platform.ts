import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';
import { SimulatedTimer } from './simulated-timer.ts';

/** A process of the simulated world, as the code that runs in it sees the machine below. */
export interface SimulatedProcess {
  /** Its place among the parties of the network. */
  readonly party: number;
  readonly phase: 'running' | 'paused' | 'stopped';
  monotonicMs(): number;
  wallMs(): number;
  /** In [0, 1). */
  random(): number;
  randomUUID(): string;
  /** Runs when the process's monotonic clock has advanced so far, and it runs. */
  after(delayMs: number, run: () => void): void;
}

interface Entry {
  readonly process: SimulatedProcess;
  readonly run: () => void | Promise<void>;
}

type Replacement = readonly [holder: object, name: string, value: unknown];

/**
 * What Node.js offers to a program, as the simulated world has it: while this is in force, clocks, timers and random numbers are those
 * of the process whose turn it is, and outside of any turn they throw. So asynchronous code that ships runs as it is, and equal seeds
 * give equal runs: of what it is made of, only promises are left, and their order is fixed by the language.
 *
 * A process is entered for one callback at a time. Its turn is over when all promises that are settled by it have been acted on, as in
 * the event loop of Node.js. What it gives to the world waits until then.
 */
export class Platform {
  #entries: Entry[] = [];
  #left: (() => void)[] = [];
  #current: SimulatedProcess | undefined;
  /** Callbacks of `process.nextTick` that were asked for, and those that have been run. */
  #ticks = 0;
  #nextTick: typeof process.nextTick = process.nextTick;

  get hasTurns(): boolean {
    return this.#entries.length > 0;
  }

  /** To be run in the process, in a turn of its own, when those before it are over. */
  enter(process: SimulatedProcess, run: Entry['run']): void {
    this.#entries.push({ process, run });
  }

  /** To be run in the world when the present turn is over. */
  leave(run: () => void): void {
    this.#left.push(run);
  }

  /** Takes all turns that are due. `onTurn` is told of each before it begins. */
  async takeTurns(onTurn: (process: SimulatedProcess) => void): Promise<void> {
    for (let entry = this.#entries.shift(); entry !== undefined; entry = this.#entries.shift()) {
      if (entry.process.phase !== 'running') continue;
      onTurn(entry.process);
      this.#current = entry.process;
      try {
        // What begins in a turn goes on in others.
        void entry.run();
        await this.#settled();
      } finally {
        this.#current = undefined;
      }
      const left = this.#left;
      this.#left = [];
      for (const run of left) run();
    }
  }

  /** Puts this into force while the work lasts. There is one at a time, since the whole operating system process is concerned. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#nextTick = process.nextTick;
    const replacements = this.#replacements();
    const originals = replacements.map(([holder, name]) => Object.getOwnPropertyDescriptor(holder, name));
    for (const [holder, name, value] of replacements) {
      Object.defineProperty(holder, name, { value, configurable: true, writable: true, enumerable: true });
    }
    syncBuiltinESMExports();
    try {
      return await work();
    } finally {
      for (const [at, [holder, name]] of replacements.entries()) {
        const original = originals[at];
        if (original === undefined) Reflect.deleteProperty(holder, name);
        else Object.defineProperty(holder, name, original);
      }
      syncBuiltinESMExports();
    }
  }

  /** Ticks come when no promise is left to be acted on; what they settle is acted on before the next but one. */
  async #settled(): Promise<void> {
    let before: number;
    do {
      before = this.#ticks;
      await new Promise<void>((resolve) => this.#nextTick.call(process, resolve));
    } while (before !== this.#ticks);
  }

  #replacements(): readonly Replacement[] {
    const clear = (timer: unknown): void => {
      if (timer instanceof SimulatedTimer) timer.clear();
    };
    return [
      [performance, 'now', () => this.#process('performance.now').monotonicMs()],
      [Date, 'now', () => this.#process('Date.now').wallMs()],
      [Math, 'random', () => this.#process('Math.random').random()],
      [crypto, 'randomUUID', () => this.#process('crypto.randomUUID').randomUUID()],
      [crypto, 'randomBytes', () => refuse('crypto.randomBytes')],
      [globalThis, 'setTimeout', this.#timer('setTimeout')],
      [globalThis, 'clearTimeout', clear],
      [globalThis, 'setInterval', this.#timer('setInterval')],
      [globalThis, 'clearInterval', clear],
      [globalThis, 'setImmediate', () => refuse('setImmediate')],
      [timers, 'setTimeout', this.#sleep],
      [timers, 'setInterval', () => refuse('setInterval of node:timers/promises')],
      [process, 'hrtime', () => refuse('process.hrtime')],
      [process, 'nextTick', this.#tick],
    ];
  }

  #timer(kind: 'setTimeout' | 'setInterval') {
    return (run: (...args: unknown[]) => void, delayMs = 1, ...args: unknown[]) => {
      const process = this.#process(kind);
      const begin = (delay: number, ring: () => void) => process.after(delay, () => this.enter(process, ring));
      return new SimulatedTimer({ begin, delayMs, repeats: kind === 'setInterval', run: () => run(...args) });
    };
  }

  readonly #sleep = async <T>(
    delayMs?: number,
    value?: T,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<T> => {
    const aborted = () =>
      Object.assign(new Error('The operation was aborted'), { name: 'AbortError', code: 'ABORT_ERR' });
    if (signal?.aborted === true) throw aborted();
    return await new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve(value as T);
      }, delayMs);
      const onAbort = (): void => {
        clearTimeout(timer);
        reject(aborted());
      };
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  };

  readonly #tick = (run: (...args: unknown[]) => void, ...args: unknown[]): void => {
    this.#ticks += 1;
    this.#nextTick.call(process, () => {
      this.#ticks += 1;
      run(...args);
    });
  };

  #process(shownAs: string): SimulatedProcess {
    return this.#current ?? refuse(shownAs);
  }
}

function refuse(shownAs: string): never {
  throw new Error(`${shownAs} in a simulated world: equal seeds would not give equal runs`);
}
