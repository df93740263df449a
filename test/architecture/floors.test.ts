import { describe, expect, test } from 'vitest';
import { checkFloors, importsOf } from './floors.ts';
import { codeOnly, readSources, report } from './sources.ts';

/** The rules that one planted file breaks, the rest of the house being empty or as given. */
function rulesBrokenBy(file: string, text: string, others: Record<string, string> = {}): string[] {
  return checkFloors(new Map([...Object.entries(others), [file, text]])).map(({ rule }) => rule);
}

test('the house keeps its floors', () => {
  expect(report(checkFloors(readSources('src')))).toEqual([]);
});

describe('an arrow that runs back up is found', () => {
  test.each([
    ['wire', 'paxos'],
    ['paxos', 'machine'],
    ['machine', 'paxos'],
    ['paxos', 'replica'],
    ['replica', 'storage'],
    ['replica', 'rpc'],
    ['storage', 'rpc'],
    ['rpc', 'storage'],
    ['rpc', 'server'],
    ['rpc', 'client'],
    ['server', 'client'],
    ['server', 'testing'],
    ['client', 'paxos'],
    ['client', 'machine'],
    ['client', 'replica'],
    ['client', 'storage'],
    ['client', 'server'],
    ['recipes', 'server'],
    ['client', 'cli'],
  ])('%s → %s', (from, to) => {
    expect(rulesBrokenBy(`src/${from}/a.ts`, `import { b } from '../${to}/b.ts';`)).toContain('floor');
    expect(rulesBrokenBy(`src/${from}/a.ts`, `import type { B } from '../${to}/b.ts';`)).toContain('floor');
    expect(rulesBrokenBy(`src/${from}/deep/a.ts`, `export * from '../../${to}/b.ts';`)).toContain('floor');
  });

  test.each([
    ['paxos', 'wire'],
    ['replica', 'machine'],
    ['storage', 'paxos'],
    ['rpc', 'wire'],
    ['server', 'rpc'],
    ['client', 'wire'],
    ['recipes', 'client'],
    ['cli', 'server'],
    ['testing', 'replica'],
  ])('but %s → %s is allowed', (from, to) => {
    expect(rulesBrokenBy(`src/${from}/a.ts`, `import { b } from '../${to}/b.ts';`)).toEqual([]);
  });

  test('a file outside of every room, or a room without a floor', () => {
    expect(rulesBrokenBy('src/stray.ts', '')).toEqual(['unknown room']);
    expect(rulesBrokenBy('src/attic/a.ts', '')).toEqual(['unknown room']);
    expect(rulesBrokenBy('src/rpc/a.ts', `import a from '../../proto/a.json';`)).toEqual(['floor']);
    expect(rulesBrokenBy('src/rpc/a.ts', `import { connect } from 'conclave';`)).toEqual(['floor']);
  });
});

describe('impurity in a pure room is found', () => {
  const planted = [
    'const a = Math.random();',
    'const { random } = Math;',
    'const a = Date.now();',
    'const a = new Date();',
    'const a = performance.now();',
    'setTimeout(() => {}, 1);',
    'setInterval(() => {}, 1);',
    'setImmediate(() => {});',
    'queueMicrotask(() => {});',
    'clearTimeout(a);',
    'const a = Promise.resolve();',
    'const a = new Promise(() => {});',
    'let a: Promise<void>;',
    'async function a() {}',
    'const a = async () => {};',
    'const a = b(await c());',
    'const a = process.env;',
    'const a = process.hrtime.bigint();',
    'const a = globalThis;',
    'const a = crypto.randomUUID();',
    "console.log('a');",
    'const a = b.localeCompare(c);',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: this is the source under test
    'const a = `now ${Date.now()} and then`;',
    "import { readFileSync } from 'node:fs';",
    "import fs from 'fs';",
    "import type { Socket } from 'node:net';",
    "const a = import('node:fs');",
    "import { Level } from 'level';",
    "import grpc from '@grpc/grpc-js';",
  ];
  for (const room of ['wire', 'paxos', 'machine', 'replica']) {
    test.each(planted)(`${room}: %s`, (text) => {
      expect(rulesBrokenBy(`src/${room}/a.ts`, text)).toContain('pure');
    });
  }

  test('but not in prose, in names alike, or in other rooms', () => {
    const innocent = [
      '// await the Date, Math.random(), setTimeout and process.env',
      "/* import { a } from 'node:fs' */ const a = 'Date.now()';",
      'const pattern = /await process.env/;',
      'type Step = { readonly process: string; readonly date: number };',
      'const b = this.process.id + Math.max(1, 2) + update.performance.value;',
      'export interface Promise { readonly ballot: Ballot }',
      'const message: Promise = { ballot };',
    ];
    for (const text of innocent) expect(rulesBrokenBy('src/paxos/a.ts', text)).toEqual([]);
    for (const text of planted.slice(0, 22)) expect(rulesBrokenBy('src/testing/a.ts', text)).toEqual([]);
  });
});

test('a cycle between rooms is found, even where anything may be imported', () => {
  const others = { 'src/testing/b.ts': `import { a } from '../cli/a.ts';` };
  expect(rulesBrokenBy('src/cli/a.ts', `import { b } from '../testing/b.ts';`, others)).toEqual(['cycle']);
  expect(rulesBrokenBy('src/cli/a.ts', `import { b } from './b.ts';`, others)).toEqual([]);
});

test('what the client reaches through others is found', () => {
  const others = { 'src/wire/b.ts': `export { c } from '../machine/c.ts';`, 'src/machine/c.ts': '' };
  expect(rulesBrokenBy('src/client/a.ts', `import { b } from '../wire/b.ts';`, others)).toEqual([
    'floor',
    'client reach',
  ]);
});

test('an import that does not name the source file is found', () => {
  expect(rulesBrokenBy('src/rpc/a.ts', `import { b } from './b.js';`)).toEqual(['extension']);
  expect(rulesBrokenBy('src/rpc/a.ts', `import { b } from './b';`)).toEqual(['extension']);
  expect(rulesBrokenBy('src/rpc/a.ts', `import b from './b.json' with { type: 'json' };`)).toEqual([]);
});

test('LevelDB and the proto loader stay out of the client', () => {
  expect(rulesBrokenBy('src/client/a.ts', `import { Level } from 'level';`)).toEqual(['package']);
  expect(rulesBrokenBy('src/client/a.ts', `import { ClassicLevel } from 'classic-level';`)).toEqual(['package']);
  expect(rulesBrokenBy('src/client/a.ts', `import { load } from '@grpc/proto-loader';`)).toEqual(['package']);
  expect(rulesBrokenBy('src/client/a.ts', `import * as grpc from '@grpc/grpc-js';`)).toEqual([]);
});

test('every form of import is seen', () => {
  const text = `
    import './a.ts';
    import b from "./b.ts";
    import { c, type C2 } from './c.ts';
    import type { D } from './d.ts';
    import e, * as e2 from './e.ts';
    export * from './f.ts';
    export { g } from './g.ts';
    export type { H } from './h.ts';
    import {
      i,
      // from './not-this.ts'
    } from './i.ts';
    const j = await import('./j.ts');
    let k: import('./k.ts').K;
    export const l = 'from'; const from = './not-this.ts';
    // import m from './not-this.ts';
    const n = "import o from './not-this.ts'";
    import data from './p.json' with { type: 'json' };
    const q = require('./q.ts');`;
  expect(importsOf(text).map(({ specifier }) => specifier.replace(/^\.\/|\.\w+$/g, ''))).toEqual([...'abcdefghijkpq']);
});

test('blanking keeps offsets, lines and the code within templates', () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: this is the source under test
  const text = "a = 'x\\'y'; // z\nb = `p ${ { q: `r ${s}` }.q } t`; c = d / e / f; g = /[/']/.test(h); i = 'j';";
  // biome-ignore lint/suspicious/noTemplateCurlyInString: this is the source under test
  const expected = "a = '    ';     \nb = `  ${ { q: `  ${s}` }.q }  `; c = d / e / f; g = /     /.test(h); i = ' ';";
  expect(codeOnly(text)).toBe(expected.replace('/     /', '/    /'));
});
