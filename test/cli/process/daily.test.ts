import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Client } from '../../../src/client/index.ts';
import { TestCluster } from '../../../src/testing/cluster/test-cluster.ts';
import { codeBlocks } from '../../docs/readme.ts';
import { TerminalRun } from '../pseudo-terminal.ts';
import { type RunningCommand, startCli, waitFor } from '../support.ts';

let cluster: TestCluster;
/** Prepares and looks, where that is not what is tested: a process takes a quarter of a second. */
let client: Client;

beforeAll(async () => {
  cluster = await TestCluster.start({ nodes: 1, proxies: false });
  client = await cluster.connect();
});

afterAll(() => cluster?.close());

function environment(): { readonly CONCLAVE_ENDPOINTS: string } {
  return { CONCLAVE_ENDPOINTS: cluster.endpoints.join(',') };
}

function start(words: readonly string[], stdin?: string): RunningCommand {
  return startCli(words, { environment: environment(), stdin });
}

/** The exit code and both outputs, to be compared in one go. */
async function run(words: readonly string[], stdin?: string): Promise<[number, string, string]> {
  const { exitCode, stdout, stderr } = await start(words, stdin).finished;
  return [exitCode, stdout, stderr];
}

function onTerminal(...words: readonly string[]): TerminalRun {
  return new TerminalRun(words, environment());
}

function linesOf(text: string): unknown[] {
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('keys', () => {
  test('are written, read and deleted under conditions', async () => {
    const { revision } = await client.put('claim', 'a');
    await client.put('claim', 'b');
    const [put, get, del] = await Promise.all([
      run(['put', 'claim', 'c', '--if-absent', '--previous']),
      run(['get', 'claim', '--revision', String(revision)]),
      run(['del', 'claim', '--if-revision', String(revision), '--json']),
    ]);
    expect(put).toEqual([1, 'b', 'conclave: not written: there is such a key\n']);
    expect(get).toEqual([0, 'a', '']);
    expect(del).toEqual([1, expect.stringMatching(/^\{"deleted":false,"revision":\d+\}\n$/), '']);
  });

  test('are made in sequence, shown as a tree and a table, and deleted by their prefix', async () => {
    await client.put('queue/size', '1');
    const [, made] = await run(['put', 'queue/jobs/', 'one', '--sequential']);
    expect(made).toMatch(/^queue\/jobs\/\d{20}\n$/);
    const [tree, table] = await Promise.all([
      run(['ls', 'queue/', '--tree']),
      run(['ls', 'queue/', '--long', '--reverse', '--limit', '1']),
    ]);
    expect(tree).toEqual([0, `queue/\n├── jobs/\n│   └── ${made.trim().slice(-20)}\n└── size\n`, '']);
    expect(table[1]).toMatch(/^REVISION\tVERSION\tBYTES\tSESSION\tKEY\n\d+\t1\t1\t-\tqueue\/size\n$/);
    expect(await run(['del', '--prefix', 'queue/'])).toEqual([0, '2 keys deleted\n', '']);
    expect(await client.count({ prefix: 'queue/' })).toBe(0);
  });

  test('that are ephemeral live as long as the command', async () => {
    const holding = start(['put', 'workers/a', 'up', '--ephemeral']);
    await waitFor('the key', () => holding.stderr().includes('the key is there'));
    expect((await client.get('workers/a'))?.session).toMatch(/^\d+$/);
    holding.signal('SIGINT');
    expect((await holding.finished).exitCode).toBe(130);
    expect(await client.get('workers/a')).toBeUndefined();
  });
});

test('txn does what the README says', async () => {
  const [text = '', ...others] = codeBlocks('txn');
  expect([text, others]).toEqual([expect.stringContaining('then\n'), []]);
  await client.put('config/rate', '100');
  const succeeded = /^succeeded, revision \d+\nput config\/rate\nput config\/why\n$/;
  expect(await run(['txn'], text)).toEqual([0, expect.stringMatching(succeeded), '']);
  expect((await client.get('config/why'))?.text()).toBe('more traffic');
  const [exitCode, answer] = await run(['txn', '--json'], text);
  expect([exitCode, JSON.parse(answer)]).toMatchObject([
    1,
    { succeeded: false, results: [{ type: 'get', key: 'config/rate', entry: { value: '200' } }] },
  ]);
});

test('txn takes the JSON of the README, too', async () => {
  const [json = '', ...others] = codeBlocks('json');
  expect([json, others]).toEqual([expect.stringContaining('"then"'), []]);
  await client.put('config/rate', '100');
  const succeeded = /^succeeded, revision \d+\nput config\/rate\ntxn succeeded\n {2}put a\n$/;
  expect(await run(['txn'], json)).toEqual([0, expect.stringMatching(succeeded), '']);
  expect((await client.get('config/rate'))?.text()).toBe('200');
});

test('a counter gives blocks, is looked at, and is set', async () => {
  const [set, drawn] = [client.counter('set'), client.counter('drawn')];
  await Promise.all([set.nextBlock(42), drawn.nextBlock(42)]);
  const [block, get, refused] = await Promise.all([
    run(['counter', 'next', 'new', '--block', '100']),
    run(['counter', 'get', 'drawn']),
    run(['counter', 'compare-and-set', 'drawn', '41', '1']),
    run(['counter', 'set', 'set', '9223372036854775806']),
  ]);
  expect(block).toEqual([0, '1 100\n', '']);
  expect(get).toEqual([0, '42\n', '']);
  expect(refused).toEqual([1, '', 'conclave: not set: drawn is not 41\n']);
  expect([await set.get(), await drawn.get()]).toEqual([2n ** 63n - 2n, 42n]);
});

describe('a lock', () => {
  test('is shared, one of several, or a permit; and may be called release', async () => {
    const held = 'echo "$CONCLAVE_LOCK_TOKEN,$CONCLAVE_PERMIT_ID"';
    const [shared, several, permit, release] = await Promise.all([
      run(['lock', 'catalogue', '--shared', '--', 'sh', '-c', held]),
      run(['lock', 'accounts/b', 'accounts/a', '--json', '--', 'sh', '-c', held]),
      run(['lock', 'encoders', '--permits', '2', '--', 'sh', '-c', held]),
      run(['lock', 'release', '--', 'echo', 'held']),
    ]);
    expect(shared).toEqual([0, expect.stringMatching(/^\d+,\n$/), '']);
    expect(several[1]).toMatch(/^\d+,\n$/);
    expect(linesOf(several[2])).toMatchObject([
      { event: 'acquired', names: ['accounts/b', 'accounts/a'], token: Number(several[1].replace(',', '')) },
      { event: 'released' },
    ]);
    expect(permit).toEqual([0, expect.stringMatching(/^,\d+\n$/), '']);
    expect(release).toEqual([0, 'held\n', '']);
  });

  test('is taken away from whoever holds it, once an operator has said yes on a terminal', async () => {
    const holding = start(['lock', 'stuck', '--note', 'host a', '--', 'sh', '-c', 'echo held; exec sleep 60']);
    await waitFor('the lock', () => holding.stdout() === 'held\n');
    const terminal = onTerminal('lock', 'release', 'stuck', '--force');
    await terminal.answer('Go on? [y/N]', 'y');
    expect(await terminal.exitCode).toBe(0);
    expect(terminal.shown).toMatch(/session \d+, exclusive, token \d+, asked for at revision \d+, "host a"\n/);
    expect(terminal.shown).toMatch(/1 holder released\n$/);
    expect((await holding.finished).exitCode).toBe(76);
  });
});

test('an election is won, followed by observers, and left to the next', async () => {
  const observing = start(['elect', 'jobs', '--observe', '--json']);
  await waitFor('the first line', () => observing.stdout().includes('\n'));
  const script = ['--', 'sh', '-c', 'echo $CONCLAVE_LOCK_TOKEN; exit 3'];
  const [exitCode, token] = await run(['elect', 'jobs', '--note', 'host a', ...script]);
  expect(exitCode).toBe(3);
  await waitFor('three lines', () => observing.stdout().split('\n').length > 3);
  observing.signal('SIGINT');
  const { exitCode: ended, stdout } = await observing.finished;
  expect(ended).toBe(130);
  expect(linesOf(stdout)).toMatchObject([
    { leader: null },
    { leader: { token: Number(token), note: 'host a', session: expect.any(String) } },
    { leader: null },
  ]);
});

test('a session is opened, listed, and closed by an operator who has said yes', async () => {
  const open = start(['session', 'open', '--ttl', '6s', '--name', 'probe', '--metadata', 'host=a']);
  const id = (await waitFor('the id', () => open.stdout() !== '' && open.stdout())).trim();
  const sessions = linesOf((await run(['session', 'list', '--json']))[1]);
  expect(sessions).toContainEqual(expect.objectContaining({ id, name: 'probe', metadata: { host: 'a' } }));
  const terminal = onTerminal('session', 'close', id);
  await terminal.answer('Go on? [y/N]', 'y');
  expect(await terminal.exitCode).toBe(0);
  expect(terminal.shown).toContain(`Session ${id} (probe) ends at once`);
  const { exitCode, stderr } = await open.finished;
  expect([exitCode, stderr.trimEnd().split('\n').at(-1)]).toEqual([76, 'conclave: the session has expired']);
});

test('a watch runs a command for each event, also of the past', async () => {
  const { revision } = await client.put('seen/a', 'one');
  const script = 'echo "$CONCLAVE_EVENT_REVISION $CONCLAVE_EVENT_TYPE $CONCLAVE_EVENT_KEY $(cat)"';
  const watching = start(['watch', '--prefix', 'seen/', '--from', String(revision), '--', 'sh', '-c', script]);
  await waitFor('the event of the past', () => watching.stdout().includes('\n'));
  await client.delete('seen/a');
  await waitFor('the deletion', () => watching.stdout().split('\n').length > 2);
  watching.signal('SIGTERM');
  const { exitCode, stdout } = await watching.finished;
  expect(exitCode).toBe(143);
  expect(stdout).toMatch(new RegExp(`^${revision} put seen/a one\n\\d+ delete seen/a \n$`));
});

test('history is kept unless somebody says yes', async () => {
  const { revision } = await client.put('old', '1');
  await client.put('old', '2');
  const no = onTerminal('compact', String(revision + 1));
  await no.answer('Go on? [y/N]', '');
  expect(await no.exitCode).toBe(1);
  expect(no.shown).toMatch(/error NOT_CONFIRMED: nothing was changed\n$/);
  expect((await client.get('old', { revision }))?.text()).toBe('1');
  expect(await run(['compact', String(revision + 1), '--yes'])).toEqual([
    0,
    `the oldest revision is ${revision + 1}\n`,
    expect.stringContaining('is forgotten, for everybody'),
  ]);
  await expect(client.get('old', { revision })).rejects.toMatchObject({ code: 'COMPACTED' });
});
