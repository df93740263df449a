import { violated } from './violation.ts';

/**
 * Whoever asks for what has been compacted is told so, and from where on there is history: never is anything left out silently, and
 * never is refused what is still there. The floor is part of the replicated state, and moves only by commands of the log.
 */
export class CompactionInvariant {
  readonly #floors = new Set([0]);
  #floor = 0;

  /** By the commands chosen so far. */
  get floor(): number {
    return this.#floor;
  }

  /** A compaction was chosen when the newest revision was that. True if it moves the floor. */
  onCompact(through: number, newest: number): boolean {
    if (through <= this.#floor || through > newest) return false;
    this.#floor = through;
    this.#floors.add(through);
    return true;
  }

  /** A read at `asked` was told that the oldest revision that can be read is `oldest`: that is the floor itself. */
  onReadRefused(client: string, asked: number, oldest: number): void {
    this.#check(client, asked, oldest, oldest);
  }

  /** A watch that wanted the events of `next` was told that the oldest to be had are those of `oldest`. */
  onWatchRefused(client: string, next: number, oldest: number): void {
    this.#check(client, next, oldest, oldest - 1);
  }

  #check(client: string, wanted: number, oldest: number, floor: number): void {
    const detail = `${client} wanted revision ${wanted} and was told that the oldest is ${oldest}`;
    if (!this.#floors.has(floor)) violated('compaction comes from the log', detail);
    if (wanted >= oldest) violated('only what is gone is refused', detail);
  }
}
