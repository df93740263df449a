import { expect, test } from 'vitest';
import { entryPoint, startProgram } from '../support.ts';

const hook = `import { writeSync } from 'node:fs';
export async function load(url, context, next) {
  writeSync(2, url + '\\n');
  return next(url, context);
}`;
const main = `import { register } from 'node:module';
register(${JSON.stringify(asModule(hook))});`;

function asModule(source: string): string {
  return `data:text/javascript,${encodeURIComponent(source)}`;
}

/** The ES modules that a command has loaded. */
async function loadedBy(...words: string[]): Promise<string[]> {
  const args = ['--import', asModule(main), entryPoint, ...words];
  const { exitCode, stderr } = await startProgram(process.execPath, args).finished;
  expect(exitCode).toBe(0);
  return stderr.split('\n').filter((line) => line.startsWith('file:'));
}

test('a command loads only what it needs: it is waited for', async () => {
  const loaded = await loadedBy('get', '--help');
  expect(loaded.some((url) => url.endsWith('/commands/get.js'))).toBe(true);
  const unwanted =
    /node_modules\/(?:zod|@grpc|level|pino)|\/dist\/(?:rpc|storage|replica|paxos|machine)\/|cluster-run\.js$/;
  expect(loaded.filter((url) => unwanted.test(url))).toEqual([]);
});
