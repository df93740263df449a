import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../docs/readme.ts';

const run = promisify(execFile);

/** Imports a module and prints every file that was opened or loaded on the way, one per line. */
const probe = `
const fs = require('node:fs');
const Module = require('node:module');
const seen = new Set();
const note = (path) => { if (typeof path === 'string' || path instanceof URL) seen.add(String(path)); };
for (const name of ['readFileSync', 'openSync', 'readFile', 'open']) {
  const original = fs[name];
  fs[name] = function (path, ...rest) { note(path); return original.call(this, path, ...rest); };
}
const dlopen = process.dlopen;
process.dlopen = function (module, path, ...rest) { note(path); return dlopen.call(this, module, path, ...rest); };
const load = Module._load;
Module._load = function (request, ...rest) { note(request); return load.call(this, request, ...rest); };
Module.syncBuiltinESMExports();
import(process.argv[2]).then(() => {
  for (const path of Object.keys(require.cache)) note(path);
  for (const path of seen) console.log(path);
});
`;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'conclave-import-'));
  await writeFile(join(folder, 'probe.cjs'), probe);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function filesLoadedBy(module: string): Promise<readonly string[]> {
  const { stdout } = await run(process.execPath, [join(folder, 'probe.cjs'), module], { cwd: projectRoot });
  return stdout.split('\n');
}

const unwanted = /classic-level|abstract-level|\/level\/|^level$|\.node$|\.proto$|proto-loader|protobufjs/;

describe('importing conclave', () => {
  it('loads no LevelDB, no native code and no .proto', async () => {
    const loaded = await filesLoadedBy(join(projectRoot, 'dist/client/index.js'));
    expect(loaded.some((path) => path.includes('grpc-js'))).toBe(true);
    expect(loaded.filter((path) => unwanted.test(path))).toEqual([]);
  });

  it('nor does importing its recipes', async () => {
    const loaded = await filesLoadedBy(join(projectRoot, 'dist/recipes/index.js'));
    expect(loaded.some((path) => path.includes('grpc-js'))).toBe(true);
    expect(loaded.filter((path) => unwanted.test(path))).toEqual([]);
  });

  it('unlike the server, whose loading the same probe notices', async () => {
    const loaded = await filesLoadedBy(join(projectRoot, 'dist/server/index.js'));
    expect(loaded.some((path) => unwanted.test(path))).toBe(true);
  });
});

describe('the package', () => {
  it('has a command that can be executed after every build', async () => {
    const { mode } = await stat(join(projectRoot, 'dist/cli/main.js'));
    expect(mode & 0o111).toBe(0o111);
  });

  it('packs what a user needs and no sources, and is imported from elsewhere by its name, test clusters included', async () => {
    const { stdout } = await run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], {
      cwd: projectRoot,
    });
    const tarball = join(folder, stdout.trim());
    const { stdout: listing } = await run('tar', ['-tzf', tarball]);
    const files = listing.split('\n');
    expect(files).toContain('package/dist/client/index.js');
    expect(files).toContain('package/dist/client/index.d.ts');
    expect(files).toContain('package/proto/conclave/v1/client.proto');
    expect(files.filter((file) => /^package\/(src|test|node_modules)\//.test(file))).toEqual([]);

    const installed = join(folder, 'node_modules', 'conclave');
    await mkdir(installed, { recursive: true });
    await run('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1']);
    await symlink(join(projectRoot, 'node_modules'), join(installed, 'node_modules'));
    const program = `
      import { connect, cond, op } from 'conclave';
      import { queue } from 'conclave/recipes';
      console.log(typeof connect, typeof cond, typeof op, typeof queue);
    `;
    const { stdout: said } = await run(process.execPath, ['--input-type=module', '-e', program], { cwd: folder });
    expect(said.trim()).toBe('function object object function');

    // Where the compiled command lies is found from the package itself.
    const clusterProgram = `
      import { TestCluster } from 'conclave/testing';
      for (const mode of ['inProcess', 'processes']) {
        const cluster = await TestCluster.start({ nodes: 1, mode });
        const client = await cluster.connect();
        await client.put('mode', mode);
        console.log((await client.get('mode')).text());
        await cluster.close();
      }
    `;
    const { stdout: modes } = await run(process.execPath, ['--input-type=module', '-e', clusterProgram], {
      cwd: folder,
    });
    expect(modes).toBe('inProcess\nprocesses\n');
  }, 60_000);
});
