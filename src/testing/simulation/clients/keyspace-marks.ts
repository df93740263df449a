import type { CommandBody, ReadBody } from '../../../wire/operation.ts';
import type { ResultBody, TransactionDone } from '../../../wire/result.ts';
import type { Coverage } from '../coverage.ts';

/** Marks what an answer shows of the ways to change and to read keys. */
export function markAnswer(coverage: Coverage, asked: CommandBody | ReadBody, answer: ResultBody): void {
  switch (answer.kind) {
    case 'put':
      if (answer.refused === true) coverage.hit('conditional put refused');
      else if (asked.kind === 'put' && asked.ifModRevision !== undefined) coverage.hit('unchanged key put');
      break;
    case 'delete':
      if (answer.deleted && asked.kind === 'delete' && asked.ifModRevision !== undefined) {
        coverage.hit('unchanged key deleted');
      }
      break;
    case 'createSequential':
      coverage.hit('key created with the next number');
      break;
    case 'compactHistory':
      coverage.hit('history compacted by a client');
      break;
    case 'error':
      if (asked.kind === 'compactHistory' && answer.code === 'FUTURE_REVISION')
        coverage.hit('compaction of the future refused');
      break;
    case 'transaction':
      if (!answer.succeeded) coverage.hit('transaction failed its condition');
      markWithin(coverage, answer);
      break;
    case 'range':
      if (asked.kind === 'range' && asked.order === 'descending' && answer.more) coverage.hit('end of a range read');
      break;
    case 'count':
      if (answer.count > 0) coverage.hit('keys counted');
      break;
  }
}

function markWithin(coverage: Coverage, { results }: TransactionDone): void {
  for (const result of results) {
    if (result.kind !== 'transaction') continue;
    coverage.hit(result.succeeded ? 'transaction within another took place' : 'transaction within another failed');
    markWithin(coverage, result);
  }
}
