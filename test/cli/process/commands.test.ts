import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  entryPoint,
  isRunning,
  type RunningCommand,
  startProgram,
  temporaryDirectory,
  UpCluster,
  waitFor,
} from '../support.ts';

let cluster: UpCluster;
let directory: string;

beforeAll(async () => {
  cluster = await UpCluster.start();
  directory = await temporaryDirectory();
});

afterAll(async () => {
  await cluster?.stop();
  await rm(directory, { recursive: true, force: true });
});

/** The exit code and both outputs, to be compared in one go. */
async function run(words: readonly string[], stdin?: string | Uint8Array): Promise<[number, string, string]> {
  const { exitCode, stdout, stderr } = await cluster.run(words, { stdin });
  return [exitCode, stdout, stderr];
}

describe('settings', () => {
  test('are shown, set in the log, and refuse what grows past the quota', async () => {
    await waitFor(
      'the level of settings',
      async () => JSON.parse((await run(['status', '--json']))[1]).featureLevel === 2,
    );
    const shown = 'quota\t1 GiB\t(default)\nhistory-revisions\t100000\t(default)\nhistory-bytes\t64 MiB\t(default)\n';
    expect(await run(['settings'])).toEqual([0, shown, '']);
    const [exitCode, set] = await run(['settings', 'set', 'quota=1MiB', '--json']);
    expect([exitCode, JSON.parse(set)]).toMatchObject([0, { version: 1, settings: { quotaBytes: 1024 * 1024 } }]);
    expect((await run(['put', 'one', '-'], new Uint8Array(600_000)))[0]).toBe(0);
    const [refused, , why] = await run(['put', 'two', '-'], new Uint8Array(600_000));
    expect(refused).toBe(1);
    expect(why).toMatch(
      /^error QUOTA_EXCEEDED: The state takes \d+ bytes, and this would add 600259; the quota is 1048576/,
    );
    expect((await run(['del', 'one']))[0]).toBe(0);
    expect((await run(['settings', 'set', 'quota=1KiB']))[2]).toMatch(/^error INVALID_ARGUMENT: .*quota is from/);
    expect((await run(['settings', 'set', 'quota=default']))[0]).toBe(0);
    expect(JSON.parse((await run(['status', '--json']))[1])).toMatchObject({ quotaBytes: 2 ** 30 });
  });
});

describe('keys', () => {
  test('are put, read, listed and deleted', async () => {
    expect(await run(['put', 'fruit/apple', 'red'])).toEqual([0, '', '']);
    const [, revision] = await run(['put', 'fruit/pear', '-', '--json'], 'green\n');
    expect(JSON.parse(revision)).toEqual({ revision: expect.any(Number) });
    expect(await run(['get', 'fruit/apple'])).toEqual([0, 'red', '']);
    expect(await run(['get', 'fruit/pear'])).toEqual([0, 'green\n', '']);
    expect(await run(['ls', 'fruit/'])).toEqual([0, 'fruit/apple\nfruit/pear\n', '']);
    const [, line] = await run(['get', 'fruit/pear', '--json']);
    const entry = JSON.parse(line);
    expect(entry).toEqual({
      key: 'fruit/pear',
      value: 'green\n',
      createRevision: JSON.parse(revision).revision,
      modRevision: JSON.parse(revision).revision,
      version: 1,
    });
    expect((await run(['ls', 'fruit/pe', '--json']))[1]).toBe(line);
    expect(await run(['del', 'fruit/pear'])).toEqual([0, '', '']);
    const [exitCode, deleted] = await run(['--json', 'del', 'fruit/pear']);
    expect([exitCode, JSON.parse(deleted)]).toEqual([0, { deleted: false, revision: expect.any(Number) }]);
    expect(await run(['get', 'fruit/pear'])).toEqual([1, '', '']);
    expect(await run(['get', 'fruit/pear', '--json'])).toEqual([1, 'null\n', '']);
  });

  test('may hold any bytes', async () => {
    await run(['put', 'bytes', '-'], Uint8Array.of(0, 255, 10));
    expect(JSON.parse((await run(['get', 'bytes', '--json']))[1])).toMatchObject({ valueBase64: 'AP8K' });
  });

  test('that are too large are refused with a code', async () => {
    const [exitCode, stdout, stderr] = await run(['put', 'large', '-'], 'x'.repeat(1024 * 1024 + 1));
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^error VALUE_TOO_LARGE: .+\n$/);
  });

  test('more than a pipe holds may be cut off by its reader', async () => {
    await run(['put', 'big', '-'], 'line\n'.repeat(200_000));
    const pipe = `set -o pipefail; "${process.execPath}" "${entryPoint}" get big | head -n 1`;
    const environment = { CONCLAVE_ENDPOINTS: cluster.endpoints };
    const { exitCode, stdout, stderr } = await startProgram('bash', ['-c', pipe], { environment }).finished;
    expect([exitCode, stdout, stderr]).toEqual([0, 'line\n', '']);
  });
});

test('a counter gives each number once', async () => {
  expect(await run(['counter', 'next', 'orders'])).toEqual([0, '1\n', '']);
  expect(await run(['counter', 'next', 'orders', '--json'])).toEqual([0, '{"name":"orders","value":"2"}\n', '']);
});

test('members are listed, asked about, and lead in turn', async () => {
  const [exitCode, list] = await run(['member', 'list']);
  expect([exitCode, list.split('\n').filter((line) => line.includes('\tvoter\t')).length]).toEqual([0, 3]);
  expect(await run(['member', 'remove', 'n2'])).toEqual([64, '', expect.stringContaining('say --yes')]);
  const leader = JSON.parse((await run(['member', 'list', '--json']))[1]).leader;
  const other = leader === 'n3' ? 'n2' : 'n3';
  expect(await run(['leader', 'transfer', other])).toEqual([0, `${other} leads\n`, '']);
});

describe('a watch', () => {
  test('prints changes from its start on, until INT', async () => {
    const watching = cluster.start(['watch', '--prefix', 'seen/']);
    await waitFor('the start', () => watching.stderr().endsWith('\n'));
    const start = Number(/^watching from (\d+)\n$/.exec(watching.stderr())?.[1]);
    await run(['put', 'seen/a', 'one']);
    await run(['put', 'unseen', 'x']);
    await run(['del', 'seen/a']);
    await waitFor('two events', () => watching.stdout().split('\n').length > 2);
    watching.signal('SIGINT');
    const { exitCode, stdout } = await watching.finished;
    expect(exitCode).toBe(130);
    const [put, deletion] = stdout.split('\n').map((line) => line.split(' '));
    expect(put?.slice(1)).toEqual(['put', 'seen/a', 'one']);
    expect(deletion?.slice(1)).toEqual(['delete', 'seen/a']);
    expect(Number(put?.[0])).toBeGreaterThanOrEqual(start);
    expect(Number(deletion?.[0])).toBeGreaterThan(Number(put?.[0]));
  });
});

let scripts = 0;

/** A Node program under the lock, which notes in a file what happens to it. */
function underLock(words: readonly string[], source: string, detached = false) {
  scripts += 1;
  const file = path.join(directory, `notes-${scripts}`);
  const note = `const note = (text) => require('node:fs').appendFileSync(${JSON.stringify(file)}, text + '\\n');`;
  const lock = cluster.start(['lock', ...words, '--', process.execPath, '-e', `${note}${source}`], { detached });
  const notes = async () => (await readFile(file, 'utf8').catch(() => '')).split('\n').slice(0, -1);
  const started = () => waitFor('the command to run', async () => (await notes())[0]);
  return { lock, notes, started };
}

const hold = 'note(process.pid); setInterval(() => undefined, 1000);';

async function ended(lock: RunningCommand, signal: NodeJS.Signals): Promise<number> {
  lock.signal(signal);
  return (await lock.finished).exitCode;
}

describe('a lock', () => {
  test('gives the command its input, its output, a token and its exit code', async () => {
    expect(await run(['lock', 'plain', '--', 'sh', '-c', 'cat; exit 3'], 'from stdin')).toEqual([3, 'from stdin', '']);
    const tokens: number[] = [];
    for (let times = 0; times < 2; times += 1) {
      tokens.push(Number((await run(['lock', 'plain', '--', 'sh', '-c', 'echo $CONCLAVE_LOCK_TOKEN']))[1]));
    }
    expect(tokens[0]).toBeGreaterThan(0);
    expect(tokens[1]).toBeGreaterThan(tokens[0] ?? 0);
  });

  test('reports on standard error what happens to it', async () => {
    const [exitCode, stdout, stderr] = await run(['lock', 'told', '--json', '--', 'true']);
    expect([exitCode, stdout]).toEqual([0, '']);
    expect(
      stderr
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { event: 'acquired', name: 'told', token: expect.any(Number) },
      { event: 'released', name: 'told' },
    ]);
  });

  test('keeps others out, and is had by the next one as soon as it is free', async () => {
    const { lock, started } = underLock(['shut'], hold);
    await started();
    expect((await run(['lock', 'shut', '--try', '--', 'true']))[0]).toBe(75);
    expect((await run(['lock', 'shut', '--timeout', '300ms', '--', 'true']))[0]).toBe(75);
    const waiting = underLock(['shut', '--json'], "note('ran')");
    const interrupted = underLock(['shut', '--json'], "note('ran')");
    expect(await ended(interrupted.lock, 'SIGTERM')).toBe(143);
    expect(await interrupted.notes()).toEqual([]);
    expect(await ended(lock, 'SIGTERM')).toBe(143);
    expect((await waiting.lock.finished).exitCode).toBe(0);
    expect(await waiting.notes()).toEqual(['ran']);
  });

  test('keeps the command in its group, and passes INT on without a terminal', async () => {
    const group = "note(require('node:fs').readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ')[2]);";
    const { lock, started } = underLock(['group'], `${group} setInterval(() => undefined, 1000);`, true);
    expect(Number(await started())).toBe(lock.pid);
    expect(await ended(lock, 'SIGINT')).toBe(130);
  });

  test('that is lost because this process stood still ends the command at once', async () => {
    const { lock, started } = underLock(['stalled', '--ttl', '5s'], `process.on('SIGTERM', () => undefined); ${hold}`);
    const child = Number(await started());
    lock.signal('SIGSTOP');
    const next = await cluster.run(['lock', 'stalled', '--', 'true']);
    expect(next.exitCode).toBe(0);
    expect(await isRunning(child)).toBe(true);
    expect(await ended(lock, 'SIGCONT')).toBe(76);
    expect(await isRunning(child)).toBe(false);
  });

  test('that is lost because no node answers gives TERM, then KILL, before the lease ends', async () => {
    const ttlMs = 4_000;
    const { lock, notes, started } = underLock(
      ['silent', '--ttl', `${ttlMs}ms`, '--json'],
      `process.on('SIGTERM', () => note('TERM')); ${hold}`,
    );
    await started();
    const stoppedMs = performance.now();
    for (const id of ['n1', 'n2', 'n3']) cluster.kill(id, 'SIGSTOP');
    const { exitCode, stderr } = await lock.finished.finally(() => {
      for (const id of ['n1', 'n2', 'n3']) cluster.kill(id, 'SIGCONT');
    });
    expect(exitCode).toBe(76);
    expect(performance.now() - stoppedMs).toBeLessThan(ttlMs + 2_500);
    expect((await notes()).slice(1)).toEqual(['TERM']);
    expect(stderr).toContain('{"event":"lost","name":"silent"}\n');
    await waitFor('the cluster to serve again', async () => (await cluster.run(['get', 'a'])).exitCode === 1, 15_000);
  });
});
