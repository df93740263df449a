import fc from 'fast-check';
import { expect, test } from 'vitest';
import { utf8Bytes } from '../../../src/wire/bytes.ts';
import type { Revision } from '../../../src/wire/identifiers.ts';
import type { WireEvent } from '../../../src/wire/watch.ts';
import { watchRequest } from './watch-request.ts';
import { World } from './world.ts';

const range = { from: utf8Bytes('a'), to: 'unbounded' } as const;

/** Revisions of the service, each with its number of events. */
type History = readonly { readonly revision: number; readonly events: readonly WireEvent[] }[];

function historyOf(sizes: readonly number[]): History {
  return sizes.map((size, index) => {
    const revision = 200 + 2 * index;
    const events = Array.from({ length: size }, (_, event): WireEvent => {
      // Large enough for a few to fill the buffer.
      const key = utf8Bytes(`a${revision}/${event}`.padEnd(100_000, '.'));
      return { type: 'delete', key, previous: undefined };
    });
    return { revision, events };
  });
}

/** A node that plays its history to the watch, in parts, on whichever stream it is created. */
class Player {
  readonly world = new World({ endpoints: ['a:1'] });
  readonly #history: History;
  readonly #watch: number;
  #wireId = 0;
  #taken = 0;
  #created = 0;
  #cancelled = 0;
  #next = 0;
  #part = 0;

  constructor(history: History) {
    this.#history = history;
    this.world.answering = true;
    this.world.connect();
    this.#watch = this.world.call(watchRequest(range, 200));
    this.#listen();
  }

  /** One part of a revision. Returns false if there is nothing to play. */
  play(): boolean {
    this.#listen();
    const item = this.#history[this.#next];
    if (this.#wireId === 0 || item === undefined) return false;
    const last = this.#part === item.events.length - 1;
    const notice = { revision: item.revision as Revision, events: item.events.slice(this.#part, this.#part + 1) };
    this.#part = last ? 0 : this.#part + 1;
    if (last) this.#next += 1;
    this.world.notice(this.#wireId, { kind: 'batch', ...notice, partial: !last });
    return true;
  }

  take(): void {
    const batch = this.world.ofType('watchBatch')[this.#taken];
    if (batch === undefined) return;
    this.#taken += 1;
    this.world.give({
      type: 'watchConsumed',
      watchId: this.#watch,
      events: batch.events.length,
      bytes: batch.bytes,
    });
  }

  break(): void {
    this.world.break();
    this.world.advance(1_000);
    this.world.welcome();
    this.#wireId = 0;
    [this.#created, this.#cancelled] = [0, 0];
  }

  #listen(): void {
    const { watchCreates, watchCancels } = this.world.stream;
    if (watchCancels.length > this.#cancelled) this.#wireId = 0;
    this.#cancelled = watchCancels.length;
    const create = watchCreates.at(-1);
    if (create === undefined || watchCreates.length === this.#created) return;
    this.#created = watchCreates.length;
    this.#wireId = create.watchId;
    this.#part = 0;
    this.#next = this.#history.findIndex(({ revision }) => revision >= create.fromRevision);
    if (this.#next < 0) this.#next = this.#history.length;
    this.world.notice(create.watchId, { kind: 'created', startRevision: create.fromRevision });
  }
}

const steps = fc.array(fc.constantFrom('play', 'play', 'play', 'play', 'take', 'take', 'break'), { maxLength: 150 });

test('over reconnects and pauses, a watch gets every revision once, in order, and whole', () => {
  let pauses = 0;
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 30, maxLength: 60 }), steps, (sizes, script) => {
      const history = historyOf(sizes);
      const player = new Player(history);
      for (const step of script) player[step]();
      const received = () => player.world.ofType('watchBatch');
      for (let round = 0; received().length < history.length && round < 1_000; round++) {
        if (!player.play()) player.take();
      }
      pauses += player.world.streams.reduce((sum, { watchCancels }) => sum + watchCancels.length, 0);
      expect(received().map(({ revision, events }) => ({ revision, size: events.length }))).toEqual(
        history.map(({ revision, events }) => ({ revision, size: events.length })),
      );
    }),
    { numRuns: 60 },
  );
  expect(pauses).toBeGreaterThan(10);
});
