import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { AdminRefusal } from '../../../src/rpc/admin-service.ts';
import { World } from '../fake-context.ts';
import { FakeNode, machineWithAll, partsOf, temporaryDirectory } from './snapshots.ts';

let directory: string;
let file: string;
const nodes: FakeNode[] = [];

beforeEach(async () => {
  directory = await temporaryDirectory();
  file = path.join(directory, 'backup');
});

afterEach(async () => {
  for (const node of nodes.splice(0)) node.stop();
  await rm(directory, { recursive: true, force: true });
});

async function node(give: Parameters<typeof FakeNode.start>[0]): Promise<FakeNode> {
  const started = await FakeNode.start(give);
  nodes.push(started);
  return started;
}

const whole = () => partsOf(machineWithAll());

function worldOf(...followers: readonly FakeNode[]): World {
  return new World({ reports: Object.assign({}, ...followers.map((one) => one.report('follower'))) });
}

const save = (world: World, words: readonly string[] = [], of: readonly FakeNode[] = nodes): Promise<number> =>
  world.run('snapshot', 'save', file, '--endpoints', of.map(({ endpoint }) => endpoint).join(','), ...words);

describe('what a node gives', () => {
  test('is saved, and is the state that it has', async () => {
    const world = worldOf(await node(whole));
    expect(await save(world, ['--json'])).toBe(0);
    const machine = machineWithAll();
    const report = JSON.parse(world.stdout.text);
    expect(report).toMatchObject({
      file,
      status: 'ok',
      clusterId: 'the-old-cluster',
      node: 'n2',
      stateHash: machine.machine.hash,
      revision: machine.revision,
      keys: 3,
      ephemeralKeys: 1,
      counters: 2,
      sessions: 1,
      locks: 1,
    });
    const again = new World();
    expect(await again.run('snapshot', 'status', file, '--json')).toBe(0);
    expect(JSON.parse(again.stdout.text)).toEqual(report);
    expect(await readdir(directory)).toEqual(['backup']);
  });

  test('is asked of a follower before the leader', async () => {
    const [leader, follower] = [await node(whole), await node(whole)];
    const world = new World({ reports: { ...leader.report('leader'), ...follower.report('follower') } });
    expect(await save(world)).toBe(0);
    expect([leader.asked, follower.asked]).toEqual([0, 1]);
  });

  test('may be stale only if that was asked for', async () => {
    const asked: boolean[] = [];
    const stale = await node((_, isStale) => {
      asked.push(isStale);
      return partsOf(machineWithAll(), { stale: true });
    });
    expect(await save(worldOf(stale), ['--timeout', '1ms'])).toBe(1);
    expect(await readdir(directory)).toEqual([]);
    const world = worldOf(stale);
    expect(await save(world, ['--stale'])).toBe(0);
    expect(world.stdout.text).toMatch(/, stale\n$/);
    expect(asked).toEqual([false, true]);
  });
});

describe('a stream that breaks', () => {
  const broken = function* () {
    yield* [...whole()].slice(0, 3);
    throw new AdminRefusal('UNAVAILABLE', 'the node is shutting down');
  };

  test('is begun anew, with another node', async () => {
    const [breaks, gives] = [await node(broken), await node(whole)];
    const world = worldOf(breaks, gives);
    expect(await save(world, ['--json'])).toBe(0);
    expect([breaks.asked, gives.asked]).toEqual([1, 1]);
    expect(await readdir(directory)).toEqual(['backup']);
  });

  test('or with the same one, though the time is over', async () => {
    const breaks = await node((attempt) => (attempt === 1 ? broken() : whole()));
    expect(await save(worldOf(breaks), ['--timeout', '1ms'])).toBe(0);
    expect(breaks.asked).toBe(2);
  });

  test('again and again leaves nothing, and the error tells of each node', async () => {
    const [one, other] = [await node(broken), await node(broken)];
    const world = worldOf(one, other);
    expect(await save(world, ['--timeout', '1ms'])).toBe(69);
    expect(world.stderr.text).toMatch(/^error UNAVAILABLE: no node gave its state\n/);
    for (const { endpoint } of [one, other]) expect(world.stderr.text).toContain(`  ${endpoint}: the node is shutting`);
    expect(await readdir(directory)).toEqual([]);
  });

  test('before its end, without an error, is no whole one', async () => {
    const short = await node(() => [...whole()].slice(0, -1));
    expect(await save(worldOf(short), ['--timeout', '1ms'])).toBe(69);
    expect(await readdir(directory)).toEqual([]);
  });

  test.each([
    ['a chunk is missing', (parts: ReturnType<typeof everyPart>) => parts.filter((_, index) => index !== 2)],
    ['the header is missing', (parts: ReturnType<typeof everyPart>) => parts.slice(1)],
    ['there are two headers', (parts: ReturnType<typeof everyPart>) => [...parts.slice(0, 1), ...parts]],
  ])('is refused if %s', async (_, change) => {
    const world = worldOf(await node(() => change(everyPart())));
    expect(await save(world, ['--timeout', '1ms'])).toBe(1);
    expect(world.stderr.text).toMatch(/^error PROTOCOL_ERROR: /);
    expect(await readdir(directory)).toEqual([]);
  });

  function everyPart() {
    return [...whole()];
  }
});

describe('what was received is verified before it has its name', () => {
  test('a state with another hash is refused', async () => {
    const world = worldOf(await node(() => partsOf(machineWithAll(), { stateHash: '0000000000000000' })));
    expect(await save(world)).toBe(1);
    expect(world.stderr.text).toMatch(/^error BACKUP_DAMAGED: .+its chunks are intact, but: /);
    expect(await readdir(directory)).toEqual([]);
  });

  test('a format of a later version is refused', async () => {
    const world = worldOf(await node(() => partsOf(machineWithAll(), { formatVersion: 2 })));
    expect(await save(world)).toBe(1);
    expect(world.stderr.text).toMatch(/^error UNSUPPORTED: /);
    expect(await readdir(directory)).toEqual([]);
  });
});

describe('a file that is there', () => {
  test('is not replaced, and nobody is asked for a state', async () => {
    await writeFile(file, 'precious');
    const world = worldOf(await node(whole));
    expect(await save(world)).toBe(1);
    expect(world.stderr.text).toMatch(/^error FILE_EXISTS: /);
    expect(await readFile(file, 'utf8')).toBe('precious');
    expect([nodes[0]?.asked, world.probed]).toEqual([0, []]);
  });

  test('is replaced with --force, but not by what turned out to be damaged', async () => {
    await writeFile(file, 'precious');
    const bad = await node((attempt) => partsOf(machineWithAll(), attempt === 1 ? { stateHash: 'x' } : {}));
    expect(await save(worldOf(bad), ['--force'])).toBe(1);
    expect(await readFile(file, 'utf8')).toBe('precious');
    expect(await save(worldOf(bad), ['--force'])).toBe(0);
    expect(await readFile(file, 'utf8')).not.toBe('precious');
  });
});

test('a node that saves one already is asked again, and the error says so', async () => {
  const busy = await node(() => {
    throw new AdminRefusal('BUSY', 'a snapshot of this node is being saved already');
  });
  const world = worldOf(busy);
  expect(await save(world, ['--timeout', '500ms'])).toBe(1);
  expect(world.stderr.text).toMatch(
    /^error BUSY: no node gave its state\n {2}.+: a snapshot of this node is being saved/,
  );
  expect(busy.asked).toBeGreaterThan(1);
});

test('Ctrl-C ends it, and leaves nothing', async () => {
  const endless = await node(async function* () {
    const [header, chunk] = whole();
    if (header !== undefined) yield header;
    for (;;) {
      if (chunk !== undefined) yield chunk;
      await new Promise((resolve) => setImmediate(resolve));
    }
  });
  const world = worldOf(endless);
  const saving = save(world);
  await vi.waitFor(async () => expect(await readdir(directory)).toEqual(['backup.part']), { timeout: 5_000 });
  world.signals.emit('SIGINT', 'SIGINT');
  expect(await saving).toBe(130);
  expect(await readdir(directory)).toEqual([]);
});

test('without any node it says how each was reached', async () => {
  const world = new World();
  expect(await world.run('snapshot', 'save', file, '--endpoints', 'x:1')).toBe(69);
  expect(world.stderr.text).toMatch(/^error UNAVAILABLE: no cluster could be reached\n {2}x:1 /);
});
