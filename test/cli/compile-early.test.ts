import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const source = new URL('../../src/cli/compile-early.ts', import.meta.url).href;

/** Runs in a process of its own: what V8 says about a flag goes to the standard error of the process. */
async function standardErrorOf(script: string): Promise<string> {
  const { stderr } = await promisify(execFile)(process.execPath, [
    '--import',
    'tsx',
    '--input-type=module',
    '--eval',
    script,
  ]);
  return stderr;
}

test('the engine knows the flag by which it is told to compile early', async () => {
  expect(await standardErrorOf(`import { compileEarly } from '${source}'; compileEarly();`)).toBe('');
});

test('an engine that does not know a flag says so, and goes on', async () => {
  const unknown = "import { setFlagsFromString } from 'node:v8'; setFlagsFromString('--no-such-budget=1');";
  expect(await standardErrorOf(unknown)).toContain('no-such-budget');
});
