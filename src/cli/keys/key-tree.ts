/** What stands under a part of keys that ends with a slash, or nothing under a key itself. */
interface Branch {
  readonly parts: Map<string, Branch>;
}

/** Keys as a tree, line by line, with their parts divided behind each slash; in the order in which they come. */
export function treeLines(keys: readonly string[]): readonly string[] {
  const root: Branch = { parts: new Map() };
  for (const key of keys) {
    let at = root;
    for (const part of key.match(/[^/]*\/|[^/]+$/g) ?? []) {
      let next = at.parts.get(part);
      if (next === undefined) {
        next = { parts: new Map() };
        at.parts.set(part, next);
      }
      at = next;
    }
  }
  return [...root.parts].flatMap(([part, branch]) => [part, ...linesUnder(branch)]);
}

/** A key has at most 4,096 parts, and a stack has room for that. */
function linesUnder({ parts }: Branch): string[] {
  const last = parts.size - 1;
  return [...parts].flatMap(([part, branch], at) => {
    const [knot, edge] = at === last ? ['└── ', '    '] : ['├── ', '│   '];
    return [`${knot}${part}`, ...linesUnder(branch).map((line) => `${edge}${line}`)];
  });
}
