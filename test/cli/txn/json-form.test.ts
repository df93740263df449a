import { expect, test } from 'vitest';
import { parseJson } from '../../../src/cli/txn/json-form.ts';
import { parseText } from '../../../src/cli/txn/text-form.ts';
import type { WrittenTransaction } from '../../../src/cli/txn/written-transaction.ts';

/** Without the places, which are lines in one form and paths in the other. */
function withoutPlaces(transaction: WrittenTransaction): unknown {
  return JSON.parse(JSON.stringify(transaction, (name, value) => (name === 'place' ? undefined : value)));
}

test('JSON has the same words as text', () => {
  const json = `{
    "if": [["value", "config/rate", "=", "100"], ["version", "a", ">", 3]],
    "then": [["put", "config/rate", "200"], {"txn": {"if": [["exists", "b"]], "else": [["get", "b"]]}}],
    "else": [["get", "config/rate"]]
  }`;
  const text = `
    if
      value config/rate = 100
      version a > 3
    then
      put config/rate 200
      txn
        if
          exists b
        else
          get b
      end
    else
      get config/rate`;
  expect(withoutPlaces(parseJson(json))).toEqual(withoutPlaces(parseText(text)));
});

test('bytes that are no text stand in Base64', () => {
  const [operation] = parseJson('{"then": [["put", "a", {"base64": "AP8K"}]]}').then;
  expect(operation).toMatchObject({ words: ['put', 'a', Buffer.of(0, 255, 10)], place: 'then[0]' });
});

test.each([
  ['{"then": [', 'standard input is no JSON: '],
  ['[]', 'the transaction: this is no object'],
  ['{"when": []}', 'the transaction: there is no "when"; there are "if", "then", "else"'],
  ['{"if": {}}', 'if: this is no array'],
  ['{"if": [[]]}', 'if[0]: an array of words is empty'],
  ['{"if": [{"txn": {}}]}', 'if[0]: this is no array'],
  ['{"then": [["get", "a"], "get"]}', 'then[1]: this is no array'],
  ['{"then": [["get", null]]}', 'then[0][1]: a word is a string, a whole number, or {"base64": "…"}'],
  ['{"then": [["get", 1.5]]}', 'then[0][1]: a word is'],
  ['{"then": [["get", {"base64": "?"}]]}', 'then[0][1]: a word is'],
  ['{"then": [{"get": "a"}]}', 'then[0]: an object here is {"txn": {…}}'],
  ['{"else": [{"txn": {"then": [{"txn": {"if": [[2, true]]}}]}}]}', 'else[0].txn.then[0].txn.if[0][1]: a word is'],
  [`${'{"then": [{"txn": '.repeat(8)}{}${'}]}'.repeat(8)}`, 'more than 8 transactions are within each other'],
])('%j is told with its place', (text, message) => {
  expect(() => parseJson(text)).toThrow(message);
});
