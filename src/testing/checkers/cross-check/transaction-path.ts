import type { KeyOperation, Transaction, TransactionCondition, TransactionOperation } from '../../../wire/operation.ts';
import type { TransactionDone, TransactionOperationDone } from '../../../wire/result.ts';

/** What a transaction has gone through, in its order, as if nothing lay within anything. */
export type PathStep =
  | {
      readonly kind: 'conditions';
      readonly conditions: readonly TransactionCondition[];
      /** All of them did; else, at least one did not. */
      readonly held: boolean;
    }
  /** `result` undefined: it is not known. */
  | {
      readonly kind: 'operation';
      readonly operation: KeyOperation;
      readonly result: TransactionOperationDone | undefined;
    };

export type Path = readonly PathStep[];

/** The way that it took, by its answer. */
export function pathTaken({ if: conditions, then, else: otherwise }: Transaction, done: TransactionDone): Path {
  const { succeeded, results } = done;
  const path: PathStep[] = [{ kind: 'conditions', conditions, held: succeeded }];
  for (const [at, operation] of (succeeded ? then : otherwise).entries()) {
    const result = results[at];
    if (operation.kind !== 'transaction') path.push({ kind: 'operation', operation, result });
    else if (result?.kind === 'transaction') path.push(...pathTaken(operation, result));
  }
  return path;
}

/** Each way that it may have taken: twice as many with every transaction that lies beside another. */
export function possiblePaths({ if: conditions, then, else: otherwise }: Transaction): readonly Path[] {
  return [true, false].flatMap((held) =>
    branchPaths(held ? then : otherwise).map((path): Path => [{ kind: 'conditions', conditions, held }, ...path]),
  );
}

function branchPaths(operations: readonly TransactionOperation[]): readonly Path[] {
  return operations.reduce<readonly Path[]>(
    (paths, operation) => {
      const next: readonly Path[] =
        operation.kind === 'transaction'
          ? possiblePaths(operation)
          : [[{ kind: 'operation', operation, result: undefined }]];
      return paths.flatMap((path) => next.map((more) => [...path, ...more]));
    },
    [[]],
  );
}

/** Everything in it, whichever way it took. */
export function* allSteps(transaction: Transaction): IterableIterator<TransactionCondition | KeyOperation> {
  yield* transaction.if;
  for (const operation of [...transaction.then, ...transaction.else]) {
    if (operation.kind === 'transaction') yield* allSteps(operation);
    else yield operation;
  }
}
