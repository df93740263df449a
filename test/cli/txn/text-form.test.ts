import { describe, expect, test } from 'vitest';
import { parseText } from '../../../src/cli/txn/text-form.ts';

const statement = (line: number, ...words: string[]) => ({ kind: 'statement', words, place: `line ${line}` });

describe('a transaction is read from text', () => {
  test('section by section, with comments, blank lines, and lines from elsewhere', () => {
    const text = '# why\n\nif\r\n  exists a # there\n  value b = x#1\nthen\n\tput a 1\nelse\n  get a';
    expect(parseText(text)).toEqual({
      if: [statement(4, 'exists', 'a'), statement(5, 'value', 'b', '=', 'x#1')],
      then: [statement(7, 'put', 'a', '1')],
      else: [statement(9, 'get', 'a')],
    });
  });

  test('a section may be left out', () => {
    expect(parseText('then\nget a')).toEqual({ if: [], then: [statement(2, 'get', 'a')], else: [] });
  });

  test('quotes are those of JSON, and a word within them is no keyword', () => {
    const text = 'then\nput "a key" "two\\nlines, \\"quoted\\", \\u00e9"\nput a ""\n"end"\nput then end';
    expect(parseText(text).then).toEqual([
      statement(2, 'put', 'a key', 'two\nlines, "quoted", é'),
      statement(3, 'put', 'a', ''),
      statement(4, 'end'),
      statement(5, 'put', 'then', 'end'),
    ]);
  });

  test('one within another has sections of its own', () => {
    const text = 'then\nput a 1\ntxn\n  if\n  exists a\n  then\n  get b\nend\nget c';
    expect(parseText(text).then).toEqual([
      statement(2, 'put', 'a', '1'),
      {
        kind: 'nested',
        transaction: { if: [statement(5, 'exists', 'a')], then: [statement(7, 'get', 'b')], else: [] },
      },
      statement(9, 'get', 'c'),
    ]);
  });
});

describe('what is no transaction is told with its line', () => {
  test.each([
    ['', 'there is no transaction on standard input'],
    ['\n# nothing\n', 'there is no transaction on standard input'],
    ['\nput a 1', 'line 2: before it belongs if, then or else'],
    ['then\nget a\nif\nexists a', 'line 3: if stands behind then; the order is if, then, else, each once'],
    ['if\nif', 'line 2: if stands behind if; the order is if, then, else, each once'],
    ['if\ntxn\nend', 'line 2: a transaction is no condition'],
    ['then\ntxn\nthen\nget a', 'line 2: this txn has no end'],
    ['then\nend', 'line 2: there is no txn that this would end'],
    ['then\nput a "b', 'line 2: a quote is not closed'],
    ['then\nput a "b"c', 'line 2: a blank belongs behind "b"'],
    ['then\nput a "\\x"', 'line 2: "\\x" is no string as JSON has them'],
    ['then\ntxn\n'.repeat(8), 'line 16: more than 8 transactions are within each other'],
  ])('%j', (text, message) => {
    expect(() => parseText(text)).toThrow(message);
  });
});
