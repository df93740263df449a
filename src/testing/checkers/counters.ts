import type { Finding, OperationRecord } from './history.ts';
import { describe } from './structural-equality.ts';

interface Block {
  readonly revision: number;
  readonly first: bigint;
  readonly last: bigint;
  readonly operation: OperationRecord;
}

/** What is known of one counter. */
interface Draws {
  readonly blocks: Block[];
  /** How many numbers may have been drawn by calls that were never told of it. */
  untold: bigint;
  /** Somebody sets it, so that its numbers may come again. */
  isSet: boolean;
}

/**
 * Numbers drawn from a counter that nobody sets are unique, and rise in the order of revisions. Looks at answers alone, so that it
 * holds for any history, with or without a log. Two draws cannot share a revision. They are also the number of what was drawn: one that
 * is missing before the last was taken by a draw that nobody was told of, and there must have been enough of these.
 */
export function checkCounters(operations: readonly OperationRecord[]): Finding[] {
  const findings: Finding[] = [];
  const counters = new Map<string, Draws>();
  for (const operation of operations) collectDraw(operation, counters, findings);
  for (const [name, { blocks, untold, isSet }] of counters) {
    if (isSet) continue;
    blocks.sort((a, b) => a.revision - b.revision);
    const misplaced = blocks.filter((block, at) => !mayFollow(blocks[at - 1], block));
    for (const block of misplaced) {
      const before = blocks[blocks.indexOf(block) - 1];
      const detail = `${name}: ${describe(before?.operation)} then ${describe(block.operation)}`;
      findings.push({ check: 'counter values are unique and rise', detail });
    }
    if (misplaced.length > 0) continue;
    const told = blocks.reduce((sum, { first, last }) => sum + last - first + 1n, 0n);
    const missing = (blocks.at(-1)?.last ?? 0n) - told;
    if (missing >= 0n && missing <= untold) continue;
    const detail = `${name}: ${missing} numbers are missing, and at most ${untold} were drawn untold`;
    findings.push({ check: 'counter values are what was drawn', detail });
  }
  return findings;
}

function collectDraw(operation: OperationRecord, counters: Map<string, Draws>, findings: Finding[]): void {
  const { body, outcome } = operation;
  if (body.kind !== 'counterAdd' && body.kind !== 'counterCompareAndSet') return;
  const draws = counters.get(body.name) ?? { blocks: [], untold: 0n, isSet: false };
  counters.set(body.name, draws);
  if (body.kind === 'counterCompareAndSet') {
    draws.isSet = true;
  } else if (outcome.kind === 'done' && outcome.body.kind === 'counterBlock') {
    const { first, last } = outcome.body;
    if (last - first + 1n !== BigInt(body.count)) {
      findings.push({ check: 'counter gives as many as asked for', detail: describe(operation) });
    }
    draws.blocks.push({ revision: outcome.revision, first, last, operation });
  } else if (outcome.kind !== 'notApplied') {
    draws.untold += BigInt(body.count);
  }
}

function mayFollow(before: Block | undefined, block: Block): boolean {
  return before === undefined || (before.revision < block.revision && before.last < block.first);
}
