import type { Model } from './model.ts';

/** Locks, counters and sessions at one revision, in the order in which their events come. */
export type Objects = ReadonlyMap<string, object>;

export function objectsOf(model: Model): Objects {
  const objects = new Map<string, object>();
  for (const name of [...model.locks.keys()].sort()) {
    const [holder, ...waiters] = model.locks.get(name) ?? [];
    objects.set(`lock ${name}`, { holder: holder && { ...holder }, waiters: waiters.length });
  }
  for (const name of [...model.counters.keys()].sort()) {
    objects.set(`counter ${name}`, { value: model.counters.get(name) ?? 0n });
  }
  for (const { id, name, ttlMs } of model.sessions.values()) objects.set(`session ${id}`, { id, name, ttlMs });
  return objects;
}

/** What came between, one event for each that is not what it was. `closed`: the sessions that were closed, not expired. */
export function objectEvents(before: Objects, after: Objects, closed: ReadonlySet<number>): readonly unknown[] {
  return [...new Set([...before.keys(), ...after.keys()])].sort(inOrder).flatMap((object): readonly unknown[] => {
    const [was, is] = [before.get(object), after.get(object)];
    const [type = '', name = ''] = object.split(' ');
    if (type === 'lock') {
      const state = is ?? { holder: undefined, waiters: 0 };
      return JSON.stringify(was) === JSON.stringify(is) ? [] : [{ type, name, ...state }];
    }
    if (type === 'counter') {
      const [previous, value] = [counterValue(was), counterValue(is)];
      return previous === value ? [] : [{ type, name, value, previous }];
    }
    if (was !== undefined && is !== undefined) return [];
    const { id, name: sessionName, ttlMs } = (is ?? was) as { id: number; name: string; ttlMs: number };
    const change = is !== undefined ? 'opened' : closed.has(id) ? 'closed' : 'expired';
    return [{ type, change, sessionId: id, name: sessionName, ttlMs }];
  });
}

function counterValue(counter: object | undefined): bigint {
  return (counter as { readonly value: bigint } | undefined)?.value ?? 0n;
}

function inOrder(a: string, b: string): number {
  const [left, right] = [orderOf(a), orderOf(b)];
  return left < right ? -1 : Number(left > right);
}

function orderOf(object: string): string {
  return `${['lock', 'counter', 'session'].indexOf(object.split(' ')[0] ?? '')} ${object}`;
}
