import type { WatchEvent } from './event-history.ts';
import type { Finding } from './history.ts';
import { describe } from './structural-equality.ts';

type Opening = Extract<WatchEvent, { readonly op: 'watch-open' }>;
type Delivery = Extract<WatchEvent, { readonly op: 'watch-events' }>;
type Change = Delivery['events'][number];

/** An event that is known from another source than the watch that is judged. */
export interface KnownChange {
  readonly revision: number;
  readonly change: Change;
}

/**
 * What watches have shown, judged by nothing but themselves, each other, and the writes that were answered with a revision. After the
 * validators of etcd's robustness tests (tests/robustness/validate/watch.go), with their names:
 *
 * filter, ordered, unique, atomic, bookmarkable, resumable, reliable, previous values, and created (a previous value of null); besides,
 * a watch starts where it was asked to, delivers nothing from before its start, and ends with `COMPACTED` only if that is true.
 *
 * `writes` are changes that surely happened: `previous` is not compared there. Lines of one watch are in the order of arrival.
 */
export function checkEventWatches(
  lines: readonly WatchEvent[],
  writes: readonly { readonly key: string; readonly value: string | null; readonly revision: number }[] = [],
): Finding[] {
  const findings: Finding[] = [];
  const watches = new Map<string, ObservedWatch>();
  for (const line of lines) {
    const watch = watches.get(line.watch);
    if (line.op === 'watch-open' && watch === undefined) {
      watches.set(line.watch, new ObservedWatch(line, findings));
    } else if (watch === undefined || line.op === 'watch-open') {
      findings.push({ check: 'watch: opened once, and first', detail: describe(line) });
    } else {
      watch.take(line);
    }
  }
  const log = new MergedLog([...watches.values()], writes, findings);
  for (const watch of watches.values()) watch.compare(log);
  return findings;
}

class ObservedWatch {
  readonly opening: Opening;
  readonly deliveries: Delivery[] = [];
  readonly #findings: Finding[];
  readonly #seen = new Set<string>();
  readonly #revisions = new Set<number>();
  #last = 0;
  #mark = 0;
  #ended = false;
  /** What it has been resumed from, and how many deliveries had come before. */
  readonly #resumptions: { readonly from: number; readonly after: number }[] = [];

  constructor(opening: Opening, findings: Finding[]) {
    this.opening = opening;
    this.#findings = findings;
    this.#mark = opening.revision - 1;
    if (opening.from !== 0 && opening.revision !== opening.from) this.#find('starts where asked', describe(opening));
  }

  /** Everything in its range up to here must have been delivered. */
  get through(): number {
    return Math.max(this.#mark, this.#last);
  }

  covers(key: string): boolean {
    return this.opening.prefix ? key.startsWith(this.opening.key) : key === this.opening.key;
  }

  take(line: Exclude<WatchEvent, Opening>): void {
    if (this.#ended) this.#find('nothing after its end', describe(line));
    switch (line.op) {
      case 'watch-events':
        this.#takeEvents(line);
        return;
      case 'watch-progress':
        this.#mark = Math.max(this.#mark, line.revision);
        return;
      case 'watch-resume':
        // From its own next revision, or, if nothing has come since, from where it was before.
        if (line.from > this.through + 1) this.#find('resumable', `after ${this.through}, but from ${line.from}`);
        this.#resumptions.push({ from: line.from, after: this.deliveries.length });
        return;
      case 'watch-end':
        this.#ended = true;
        if (line.error === 'COMPACTED' && (line.oldest === undefined || line.oldest <= this.through + 1)) {
          this.#find('compacted only if it is', `had all up to ${this.through}: ${describe(line)}`);
        }
        return;
    }
  }

  compare(log: MergedLog): void {
    for (const { revision, events } of this.deliveries) {
      for (const event of events) {
        const previous = log.previous(event.key, revision, this);
        if (previous !== undefined && previous !== event.previous) {
          const check = previous === null || event.previous === null ? 'created' : 'previous values';
          this.#find(check, `${describe(event)} at ${revision}, but before it there was ${describe(previous)}`);
        }
        if (event.value === null && event.previous === null) {
          this.#find('created', `deleted at ${revision}, but not there: ${describe(event)}`);
        }
      }
    }
    for (const { revision, change } of log.between(this.opening.revision, this.through)) {
      if (!this.covers(change.key) || this.#seen.has(eventName(revision, change.key))) continue;
      this.#find('reliable', `never showed ${describe(change)} at ${revision}, but all up to ${this.through}`);
    }
    for (const { from, after } of this.#resumptions) {
      const next = this.deliveries[after];
      const first = next && log.between(from, next.revision - 1).find(({ change }) => this.covers(change.key));
      if (first !== undefined && !this.#seen.has(eventName(first.revision, first.change.key))) {
        this.#find('resumable', `from ${from}: ${describe(first)} was skipped for ${next?.revision}`);
      }
    }
  }

  #takeEvents(delivery: Delivery): void {
    const { revision, events } = delivery;
    if (revision < this.opening.revision) this.#find('nothing early', describe(delivery));
    else if (revision <= this.#mark) this.#find('bookmarkable', `${revision}, after the mark ${this.#mark}`);
    if (revision < this.#last) this.#find('ordered', `${revision} after ${this.#last}`);
    if (this.#revisions.has(revision)) this.#find('atomic', `${revision} came in two deliveries`);
    for (const event of events) {
      const name = eventName(revision, event.key);
      if (this.#seen.has(name)) this.#find('unique', `${describe(event)} at ${revision} came twice`);
      this.#seen.add(name);
      if (!this.covers(event.key)) this.#find('filter', describe(event));
    }
    this.#revisions.add(revision);
    this.#last = Math.max(this.#last, revision);
    this.deliveries.push(delivery);
  }

  #find(check: string, detail: string): void {
    this.#findings.push({ check: `watch: ${check}`, detail: `${this.opening.watch}: ${detail}` });
  }
}

/** What all watches and all answered writes say together. */
class MergedLog {
  readonly #changes: KnownChange[] = [];
  readonly #byKey = new Map<string, KnownChange[]>();

  constructor(
    watches: readonly ObservedWatch[],
    writes: readonly { readonly key: string; readonly value: string | null; readonly revision: number }[],
    findings: Finding[],
  ) {
    const known = new Map<string, Change>();
    for (const { deliveries, opening } of watches) {
      for (const { revision, events } of deliveries) {
        for (const change of events) {
          const name = eventName(revision, change.key);
          const other = known.get(name);
          if (other !== undefined && (other.value !== change.value || other.previous !== change.previous)) {
            const detail = `${opening.watch}: ${describe(change)} at ${revision}, elsewhere ${describe(other)}`;
            findings.push({ check: 'watch: all show the same', detail });
          }
          if (other === undefined) this.#add(revision, change);
          known.set(name, other ?? change);
        }
      }
    }
    for (const { key, value, revision } of writes) {
      const other = known.get(eventName(revision, key));
      if (other === undefined) {
        this.#add(revision, { key, value, previous: null });
      } else if (other.value !== value) {
        const detail = `${describe(other)} at ${revision}, but written was ${describe(value)}`;
        findings.push({ check: 'watch: events equal the writes', detail });
      }
    }
    this.#changes.sort((a, b) => a.revision - b.revision);
    for (const ofKey of this.#byKey.values()) ofKey.sort((a, b) => a.revision - b.revision);
  }

  /** In the order of revisions, both ends included. */
  between(from: number, to: number): readonly KnownChange[] {
    return this.#changes.filter(({ revision }) => revision >= from && revision <= to);
  }

  /** What the key held before that revision, if the watch covers all since that was written. */
  previous(key: string, revision: number, watch: ObservedWatch): string | null | undefined {
    const last = this.#byKey.get(key)?.findLast((known) => known.revision < revision);
    return last !== undefined && watch.opening.revision <= last.revision ? last.change.value : undefined;
  }

  #add(revision: number, change: Change): void {
    const known = { revision, change };
    this.#changes.push(known);
    const ofKey = this.#byKey.get(change.key);
    if (ofKey === undefined) this.#byKey.set(change.key, [known]);
    else ofKey.push(known);
  }
}

function eventName(revision: number, key: string): string {
  return `${revision}/${key}`;
}
