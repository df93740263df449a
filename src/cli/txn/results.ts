import type { Entry } from '../../client/index.ts';
import { bytesJson, entryJson } from '../entry-json.ts';
import type { Operation, ReadTransaction } from './operations.ts';

/** What the SDK says of a transaction, whatever its operations are. */
export interface Outcome {
  readonly succeeded: boolean;
  readonly results: readonly unknown[];
}

/** `[{type:'put',key},{type:'get',key,entry},{type:'delete',key,deleted},{type:'txn',succeeded,results}]` */
export function resultsJson(transaction: ReadTransaction, outcome: Outcome): readonly unknown[] {
  return done(transaction, outcome).map(([operation, result]) => {
    if (operation.kind === 'txn') {
      const { succeeded } = result as Outcome;
      return { type: 'txn', succeeded, results: resultsJson(operation.transaction, result as Outcome) };
    }
    const shown = { type: operation.kind, ...bytesJson('key', Buffer.from(operation.key)) };
    if (operation.kind === 'put') return shown;
    if (operation.kind === 'delete') return { ...shown, deleted: (result as { deleted: boolean }).deleted };
    const entry = result as Entry | undefined;
    return { ...shown, entry: entry === undefined ? null : entryJson(entry) };
  });
}

/** A line for each operation, with what is stored as the bytes that it is. */
export function resultLines(transaction: ReadTransaction, outcome: Outcome, indent = ''): readonly Uint8Array[] {
  return done(transaction, outcome).flatMap(([operation, result]) => {
    if (operation.kind === 'txn') {
      const { succeeded } = result as Outcome;
      const title = Buffer.from(`${indent}txn ${succeeded ? 'succeeded' : 'failed'}`);
      return [title, ...resultLines(operation.transaction, result as Outcome, `${indent}  `)];
    }
    const start = [Buffer.from(`${indent}${operation.kind} `), Buffer.from(operation.key)];
    return [Buffer.concat([...start, ...resultBytes(operation, result)])];
  });
}

function resultBytes({ kind }: Operation, result: unknown): readonly Uint8Array[] {
  if (kind === 'put') return [];
  if (kind === 'delete') return (result as { deleted: boolean }).deleted ? [] : [Buffer.from(', absent')];
  const entry = result as Entry | undefined;
  return entry === undefined ? [Buffer.from(', absent')] : [Buffer.from(' = '), entry.value];
}

function done(
  transaction: ReadTransaction,
  { succeeded, results }: Outcome,
): readonly (readonly [Operation, unknown])[] {
  const operations = succeeded ? transaction.then : transaction.else;
  return operations.map((operation, at) => [operation, results[at]] as const);
}
