import { readFileSync } from 'node:fs';

/** Of what the kernel counts in: `getconf CLK_TCK` is 100 on every Linux that Node.js runs on. */
const tickMs = 10;

/** Processes by the names under which their time is told. */
export type Processes = Readonly<Record<string, number>>;

/** Processor time of other processes of this machine, from /proc; without Linux it tells nothing. */
export class ProcessorTime {
  readonly #processes: Processes;
  #startMs: Readonly<Record<string, number>>;

  constructor(processes: Processes) {
    this.#processes = processes;
    this.#startMs = usedMs(processes);
  }

  /** From now on. */
  restart(): void {
    this.#startMs = usedMs(this.#processes);
  }

  /** Microseconds of each for one of so many operations since the last start. */
  perOperationUs(operations: number): Readonly<Record<string, number>> {
    return this.#map((spentMs) => (spentMs * 1000) / Math.max(1, operations));
  }

  /** Of the time since the last start. */
  percentOfCore(elapsedMs: number): Readonly<Record<string, number>> {
    return this.#map((spentMs) => (spentMs * 100) / elapsedMs);
  }

  #map(figure: (spentMs: number) => number): Readonly<Record<string, number>> {
    const spent = Object.entries(usedMs(this.#processes)).map(([name, ms]) => {
      return [name, Math.round(figure(ms - (this.#startMs[name] ?? 0)) * 10) / 10] as const;
    });
    return Object.fromEntries(spent);
  }
}

function usedMs(processes: Processes): Record<string, number> {
  return Object.fromEntries(
    Object.entries(processes).flatMap(([name, pid]) => {
      const ms = processorMs(pid);
      return ms === undefined ? [] : [[name, ms]];
    }),
  );
}

function processorMs(pid: number): number | undefined {
  try {
    // The name of the program, in parentheses, may have anything in it.
    const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(/\) /);
    const [userTicks = '', systemTicks = ''] = fields.split(' ').slice(11, 13);
    return (Number(userTicks) + Number(systemTicks)) * tickMs;
  } catch {
    return undefined;
  }
}
