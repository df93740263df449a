import { limits } from '../../wire/limits.ts';
import { UsageFailure } from '../failure.ts';
import type { Nested, Statement, Word, WrittenTransaction } from './written-transaction.ts';

/**
 * `{"if": [[word, …], …], "then": […], "else": […]}`: the words of the text form as arrays, where a word may also be a whole number or
 * `{"base64": …}`, and `{"txn": {…}}` is a transaction within another.
 * @throws UsageFailure that names the place
 */
export function parseJson(text: string): WrittenTransaction {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new UsageFailure(`standard input is no JSON: ${problem}`, { cause: error });
  }
  return transactionOf(value, '', 1);
}

/** `prefix` is what its places begin with. */
function transactionOf(value: unknown, prefix: string, depth: number): WrittenTransaction {
  const place = prefix === '' ? 'the transaction' : prefix.slice(0, -1);
  if (depth > limits.transactionDepth) {
    throw new UsageFailure(`${place}: more than ${limits.transactionDepth} transactions are within each other`);
  }
  if (!isObject(value)) throw new UsageFailure(`${place}: this is no object with "if", "then" and "else"`);
  const stranger = Object.keys(value).find((name) => name !== 'if' && name !== 'then' && name !== 'else');
  if (stranger !== undefined)
    throw new UsageFailure(`${place}: there is no "${stranger}"; there are "if", "then", "else"`);
  const operation = (each: unknown, at: string): Statement | Nested =>
    isObject(each) ? nestedOf(each, at, depth) : statementOf(each, at);
  return {
    if: listOf(value['if'], `${prefix}if`).map((each, at) => statementOf(each, `${prefix}if[${at}]`)),
    then: listOf(value['then'], `${prefix}then`).map((each, at) => operation(each, `${prefix}then[${at}]`)),
    else: listOf(value['else'], `${prefix}else`).map((each, at) => operation(each, `${prefix}else[${at}]`)),
  };
}

function nestedOf(value: Readonly<Record<string, unknown>>, place: string, depth: number): Nested {
  if (Object.keys(value).join() !== 'txn') throw new UsageFailure(`${place}: an object here is {"txn": {…}}`);
  return { kind: 'nested', transaction: transactionOf(value['txn'], `${place}.txn.`, depth + 1) };
}

function statementOf(value: unknown, place: string): Statement {
  const words = listOf(value, place);
  if (words.length === 0) throw new UsageFailure(`${place}: an array of words is empty`);
  return { kind: 'statement', words: words.map((word, at) => wordOf(word, `${place}[${at}]`)), place };
}

function wordOf(value: unknown, place: string): Word {
  if (typeof value === 'string') return value;
  if (Number.isSafeInteger(value)) return String(value);
  const base64 = isObject(value) && Object.keys(value).length === 1 ? value['base64'] : undefined;
  if (typeof base64 === 'string') {
    const bytes = Buffer.from(base64, 'base64');
    if (bytes.toString('base64') === base64) return bytes;
  }
  throw new UsageFailure(`${place}: a word is a string, a whole number, or {"base64": "…"}`);
}

function listOf(value: unknown, place: string): readonly unknown[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value;
  throw new UsageFailure(`${place}: this is no array`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
