import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const directory = path.resolve(import.meta.dirname, '../../../src/client/core');

/** Everything in it comes in as an input and leaves as an effect: a simulator runs the same core. */
const impure = [
  /\bfrom '(?:node:|@grpc)/,
  /\bMath\.random\b|\bDate\b|\bperformance\b/,
  /\bset(?:Timeout|Interval|Immediate)\b|\bqueueMicrotask\b|\bprocess\./,
  /\bPromise\b|\basync\b|\bawait\b/,
];

test.each(readdirSync(directory))('%s is pure', (file) => {
  const code = readFileSync(path.join(directory, file), 'utf8')
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/\/\/.*$/gm, '');
  expect(impure.map((pattern) => pattern.exec(code)?.[0])).toEqual(impure.map(() => undefined));
});

test.each(readdirSync(directory))('%s imports only from its own directory, the wire, and the public types', (file) => {
  const code = readFileSync(path.join(directory, file), 'utf8');
  const imports = [...code.matchAll(/ from '([^']+)'/g)].map((match) => match[1]);
  expect(imports.filter((name) => !/^(?:\.\/|\.\.\/\.\.\/wire\/|\.\.\/types\.ts)/.test(name ?? ''))).toEqual([]);
});
