import { builtinModules } from 'node:module';
import path from 'node:path';
import { codeOnly, lineOf, type Sources, type Violation } from './sources.ts';

const GROUND = ['wire', 'paxos', 'machine', 'replica'];

/** Which rooms each room may import. A room that is not listed here does not exist. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[] | 'anything'>> = {
  wire: [],
  paxos: ['wire'],
  machine: ['wire'],
  replica: ['wire', 'paxos', 'machine'],
  storage: GROUND,
  rpc: GROUND,
  server: [...GROUND, 'storage', 'rpc'],
  client: ['wire'],
  recipes: ['wire', 'client'],
  cli: 'anything',
  testing: 'anything',
};

/** Deterministic and synchronous: what they need from the world comes in as an input. */
const PURE_ROOMS: ReadonlySet<string> = new Set(GROUND);

/** The packages that pure rooms may import: pure themselves. */
const PURE_PACKAGES: ReadonlySet<string> = new Set(['sorted-btree']);

/** Packages that only some rooms may import. */
const RESERVED_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  level: ['storage', 'server', 'cli', 'testing'],
  'classic-level': ['storage', 'server', 'cli', 'testing'],
  'abstract-level': ['storage', 'server', 'cli', 'testing'],
  '@grpc/proto-loader': ['rpc', 'server', 'testing'],
};

/** What code in a pure room may not name, looked for outside of comments and strings. */
const IMPURE: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['randomness', /\bMath\s*(?:\?\.|\.)\s*random\b|(?<![.\w$])Math\b(?!\s*(?:\?\.|\.))(?!\s*:)/g],
  ['a clock', /(?<![.\w$])(?:Date\b|performance\s*(?:\?\.|[.[]))/g],
  ['a timer', /(?<![.\w$])(?:set|clear)(?:Timeout|Interval|Immediate)\b|(?<![.\w$])queueMicrotask\b/g],
  ['a promise', /\bnew\s+Promise\b|(?<![.\w$])Promise(?:Like)?\s*[.<]/g],
  ['async code', /(?<![.\w$])(?:async|await)\b(?!\s*[:?=,;)}])/g],
  ['the process', /(?<![.\w$])process\s*(?:\?\.|[.[])/g],
  ['the global object', /(?<![.\w$])globalThis\b/g],
  ['I/O', /(?<![.\w$])(?:fetch\s*\(|crypto\s*(?:\?\.|[.[])|console\s*(?:\?\.|[.[]))/g],
  ['the locale', /\.(?:localeCompare|toLocale\w+)\b|(?<![.\w$])Intl\b/g],
  ['garbage collection', /(?<![.\w$])(?:WeakRef|FinalizationRegistry)\b/g],
];

export type Import = { readonly specifier: string; readonly line: number };

/** Every module that a source names: static and dynamic imports, re-exports, `import('…')` types, `require`. */
export function importsOf(text: string): Import[] {
  const code = codeOnly(text);
  const found: Import[] = [];
  const patterns = [
    /(?<![.\w$])(?:import|export)\b(?:[^;'"`()=]|=(?!>))*?\bfrom\s*(['"])/g,
    /(?<![.\w$])import\s*(['"])/g,
    /(?<![.\w$])(?:import|require)\s*\(\s*(['"`])/g,
  ];
  for (const pattern of patterns) {
    for (const match of code.matchAll(pattern)) {
      const start = match.index + match[0].length;
      const end = text.indexOf(match[1] ?? '', start);
      found.push({ specifier: text.slice(start, end), line: lineOf(text, start) });
    }
  }
  return found.sort((a, b) => a.line - b.line);
}

/** `src/paxos/log/slot.ts` is in the room `paxos`; a file beside the rooms is in none. */
export function roomOf(file: string): string | undefined {
  return /^src\/([^/]+)\//.exec(file)?.[1];
}

/** All violations of the floors in the given sources. */
export function checkFloors(sources: Sources): Violation[] {
  const violations: Violation[] = [];
  for (const [file, text] of sources) {
    const room = roomOf(file);
    if (room === undefined || MAY_IMPORT[room] === undefined) {
      violations.push({ file, line: 1, rule: 'unknown room', detail: `no floor is known for ${room ?? file}` });
      continue;
    }
    for (const imported of importsOf(text)) {
      const problem = checkImport(file, room, imported.specifier);
      if (problem !== undefined) violations.push({ file, line: imported.line, ...problem });
    }
    if (PURE_ROOMS.has(room)) violations.push(...checkPurity(file, room, text));
  }
  return [...violations, ...checkRoomCycles(sources), ...checkClientReach(sources)];
}

type Problem = Pick<Violation, 'rule' | 'detail'>;

function checkImport(file: string, room: string, specifier: string): Problem | undefined {
  const pure = PURE_ROOMS.has(room);
  if (specifier.startsWith('.')) {
    if (!/\.(?:ts|json)$/.test(specifier))
      return { rule: 'extension', detail: `${specifier} does not name the .ts file` };
    const target = resolveImport(file, specifier);
    const targetRoom = roomOf(target);
    if (targetRoom === undefined) return { rule: 'floor', detail: `${room} reaches ${target}, outside of every room` };
    const allowed = MAY_IMPORT[room];
    if (targetRoom === room || allowed === 'anything' || allowed?.includes(targetRoom)) return undefined;
    return { rule: 'floor', detail: `${room} must not import ${targetRoom} (${specifier})` };
  }
  if (specifier.startsWith('node:') || builtinModules.includes(specifier)) {
    return pure ? { rule: 'pure', detail: `${room} must not import ${specifier}` } : undefined;
  }
  const name = packageOf(specifier);
  if (name === 'conclave') return { rule: 'floor', detail: `${room} must not import the package by its own name` };
  if (pure && !PURE_PACKAGES.has(name)) return { rule: 'pure', detail: `${room} must not import package ${name}` };
  const reserved = RESERVED_PACKAGES[name];
  if (reserved !== undefined && !reserved.includes(room)) {
    return { rule: 'package', detail: `${room} must not import ${name} (only ${reserved.join(', ')})` };
  }
  return undefined;
}

function checkPurity(file: string, room: string, text: string): Violation[] {
  const code = codeOnly(text);
  return IMPURE.flatMap(([what, pattern]) =>
    [...code.matchAll(pattern)].map((match) => ({
      file,
      line: lineOf(code, match.index),
      rule: 'pure',
      detail: `${room} must not use ${what} (${match[0].trim()})`,
    })),
  );
}

/** No two rooms may need each other, not even those that may import anything. */
function checkRoomCycles(sources: Sources): Violation[] {
  const graph = new Map<string, Set<string>>();
  for (const [file, text] of sources) {
    const room = roomOf(file);
    if (room === undefined) continue;
    const targets = graph.get(room) ?? new Set<string>();
    graph.set(room, targets);
    for (const target of relativeTargets(file, text)) {
      const targetRoom = roomOf(target);
      if (targetRoom !== undefined && targetRoom !== room) targets.add(targetRoom);
    }
  }
  const cycles: Violation[] = [];
  const done = new Set<string>();
  const visit = (room: string, trail: readonly string[]): void => {
    if (trail.includes(room)) {
      const cycle = [...trail.slice(trail.indexOf(room)), room].join(' → ');
      cycles.push({ file: `src/${room}`, line: 1, rule: 'cycle', detail: cycle });
      return;
    }
    if (done.has(room)) return;
    for (const next of graph.get(room) ?? []) visit(next, [...trail, room]);
    done.add(room);
  };
  for (const room of graph.keys()) visit(room, []);
  return cycles;
}

/** Follows the real import graph from the client: whatever it reaches is loaded into its users' programs. */
function checkClientReach(sources: Sources): Violation[] {
  const violations: Violation[] = [];
  const start = [...sources.keys()].filter((file) => roomOf(file) === 'client');
  const reached = new Set(start);
  for (const file of reached) {
    const room = roomOf(file);
    if (room !== 'client' && room !== 'wire') {
      violations.push({ file, line: 1, rule: 'client reach', detail: `the client reaches ${room ?? file}` });
    }
    for (const target of relativeTargets(file, sources.get(file) ?? '')) if (sources.has(target)) reached.add(target);
  }
  return violations;
}

function relativeTargets(file: string, text: string): string[] {
  return importsOf(text)
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map(({ specifier }) => resolveImport(file, specifier));
}

function resolveImport(file: string, specifier: string): string {
  return path.posix.join(path.posix.dirname(file), specifier).replace(/\.js$/, '.ts');
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
