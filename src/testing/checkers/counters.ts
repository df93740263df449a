import type { Finding, OperationRecord } from './history.ts';
import { describe } from './structural-equality.ts';

interface Block {
  readonly revision: number;
  readonly first: bigint;
  readonly last: bigint;
  readonly operation: OperationRecord;
}

/**
 * Numbers drawn from a counter that nobody sets are unique, and rise in the order of revisions. Looks at answers alone, so that it
 * holds for any history, with or without a log. Two draws cannot share a revision.
 */
export function checkCounters(operations: readonly OperationRecord[]): Finding[] {
  const findings: Finding[] = [];
  const blocks = new Map<string, Block[]>();
  const swapped = new Set<string>();
  for (const operation of operations) {
    const { body, outcome } = operation;
    if (body.kind === 'counterCompareAndSet') swapped.add(body.name);
    if (body.kind !== 'counterAdd' || outcome.kind !== 'done' || outcome.body.kind !== 'counterBlock') continue;
    const { first, last } = outcome.body;
    if (last - first + 1n !== BigInt(body.count)) {
      findings.push({ check: 'counter gives as many as asked for', detail: describe(operation) });
    }
    const ofCounter = blocks.get(body.name) ?? [];
    blocks.set(body.name, ofCounter);
    ofCounter.push({ revision: outcome.revision, first, last, operation });
  }
  for (const [name, ofCounter] of blocks) {
    if (swapped.has(name)) continue;
    ofCounter.sort((a, b) => a.revision - b.revision);
    for (const [at, block] of ofCounter.entries()) {
      const before = ofCounter[at - 1];
      if (before === undefined || (before.revision < block.revision && before.last < block.first)) continue;
      const detail = `${name}: ${describe(before.operation)} then ${describe(block.operation)}`;
      findings.push({ check: 'counter values are unique and rise', detail });
    }
  }
  return findings;
}
