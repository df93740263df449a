import type { Marker } from './markers.ts';
import { describeScope, type Scope } from './scope.ts';
import { type Limits, type Progress, Search } from './search.ts';
import { traceOf } from './trace.ts';

export interface Exploration {
  readonly name: string;
  /** In words. */
  readonly scope: string;
  readonly model: Scope['model'];
  /** Every state within the scope was visited. */
  readonly exhausted: boolean;
  /** Distinct ones. */
  readonly states: number;
  readonly transitions: number;
  /** The longest of the shortest ways to a state. */
  readonly depth: number;
  readonly elapsedMs: number;
  readonly statesPerSecond: number;
  readonly transitionsPerSecond: number;
  /** Runs of the real code: each distinct (state of a node, input) once. */
  readonly turns: number;
  readonly nodeStates: number;
  readonly reached: readonly Marker[];
  readonly violation:
    | { readonly invariant: string; readonly detail: string; readonly trace: readonly string[] }
    | undefined;
}

/** `nowMs`: a clock that only serves to stop, and to tell the speed. */
export function explore(
  scope: Scope,
  limits: Limits,
  nowMs: () => number,
  onProgress?: (progress: Progress) => void,
): Exploration {
  const startMs = nowMs();
  const search = new Search(scope);
  search.run(limits, () => nowMs() - startMs, onProgress);
  const elapsedMs = nowMs() - startMs;
  const { violation, table, transitions, depth, exhausted, graph } = search;
  const perSecond = (count: number): number => Math.round((1000 * count) / Math.max(1, elapsedMs));
  return {
    name: scope.name,
    scope: describeScope(scope),
    model: scope.model,
    exhausted,
    states: table.size,
    transitions,
    depth,
    elapsedMs,
    statesPerSecond: perSecond(table.size),
    transitionsPerSecond: perSecond(transitions),
    turns: graph.local.turns,
    nodeStates: graph.local.coreCount,
    reached: [...search.reached],
    violation: violation && { invariant: violation.invariant, detail: violation.detail, trace: traceOf(search) },
  };
}
