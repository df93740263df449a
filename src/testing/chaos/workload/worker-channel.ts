import type { HistoryLine } from '../../checkers/event-history.ts';
import type { OperationLog } from './logical-process.ts';
import type { RunClock } from './run-clock.ts';
import type {
  FencedAnswer,
  FencedRequest,
  FleetMessage,
  HeldLock,
  OperationCall,
  OperationOutcome,
  WorkerMessage,
} from './worker-messages.ts';

/** A worker's side of the pipe to its parent. What is posted in one turn of the event loop travels together. */
export class WorkerChannel implements OperationLog {
  readonly #clock: RunClock;
  readonly #answers = new Map<number, (answer: FencedAnswer) => void>();
  readonly #held = new Map<number, HeldLock>();
  #batch: WorkerMessage[] = [];
  #flushed: Promise<void> | undefined;
  #ids = 0;

  constructor(clock: RunClock, onMessage: (message: FleetMessage) => void) {
    this.#clock = clock;
    process.on('message', (message: FleetMessage) => {
      if (message.type !== 'fenced') onMessage(message);
      else this.#onFencedAnswer(message.id, message.answer);
    });
  }

  /** Resolves once the system has it, from where even the end of this process does not take it back. */
  post(message: WorkerMessage): Promise<void> {
    this.#batch.push(message);
    this.#flushed ??= new Promise((resolve, reject) => {
      setImmediate(() => {
        const batch = this.#batch;
        this.#batch = [];
        this.#flushed = undefined;
        process.send?.(batch, undefined, {}, (error) => (error === null ? resolve() : reject(error)));
      });
    });
    return this.#flushed;
  }

  async begin(name: string, call: OperationCall, start: number): Promise<number> {
    this.#ids += 1;
    const id = this.#ids;
    await this.post({ type: 'begin', id, process: name, call, start });
    return id;
  }

  end(id: number, how: OperationOutcome): void {
    void this.post({ type: 'end', id, how });
  }

  line(line: HistoryLine): void {
    void this.post({ type: 'line', line });
  }

  /** The parent records it. */
  async fenced(name: string, request: FencedRequest): Promise<FencedAnswer> {
    this.#ids += 1;
    const id = this.#ids;
    const answer = new Promise<FencedAnswer>((resolve) => this.#answers.set(id, resolve));
    await this.post({ type: 'fenced', id, process: name, request, start: this.#clock.now() });
    return await answer;
  }

  /** @returns what to call when it is given up */
  holds(lock: HeldLock): () => void {
    this.#ids += 1;
    const id = this.#ids;
    this.#held.set(id, lock);
    this.#tellHeld();
    return () => {
      if (this.#held.delete(id)) this.#tellHeld();
    };
  }

  #tellHeld(): void {
    void this.post({ type: 'held', locks: [...this.#held.values()] });
  }

  #onFencedAnswer(id: number, answer: FencedAnswer): void {
    this.#answers.get(id)?.(answer);
    this.#answers.delete(id);
  }
}
