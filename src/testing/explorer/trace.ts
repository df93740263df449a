import { describeInput } from './input.ts';
import type { Action, Search } from './search.ts';

/** How the violation comes about, one action per line, from a formed cluster on; empty if nothing was violated. */
export function traceOf(search: Search): string[] {
  const { violation, table } = search;
  if (violation === undefined) return [];
  const path: number[] = [];
  for (let state = violation.state; state !== 0; state = table.parent(state)) path.unshift(state);
  const lines: string[] = [];
  for (const state of path) lines.push(describe(search, table.parent(state), search.actionInto(state)));
  lines.push(describe(search, violation.state, violation.action));
  return lines.map((line, index) => `${String(index + 1).padStart(3)}. ${line}`);
}

function describe({ graph, table }: Search, state: number, { node, input }: Action): string {
  const text = describeInput(node ?? 0, input, graph.messages);
  if (node === undefined) return text;
  return [text, ...graph.describeTurn(table.node(state, node), input)].join('\n       - ');
}
