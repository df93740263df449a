import { describe, expect, test } from 'vitest';
import { World } from './fake-context.ts';

const commands = [
  'get',
  'put',
  'del',
  'ls',
  'txn',
  'watch',
  'counter',
  'counter next',
  'counter get',
  'counter set',
  'counter compare-and-set',
  'lock',
  'lock release',
  'elect',
  'session',
  'session open',
  'session list',
  'session close',
  'compact',
  'status',
  'settings',
  'settings set',
  'member',
  'member list',
  'member add',
  'member promote',
  'member remove',
  'member replace',
  'leader',
  'leader transfer',
  'serve',
  'up',
  'inspect',
  'snapshot',
  'snapshot save',
  'snapshot status',
  'snapshot restore',
];

describe('what is written wrongly ends with 64, for every command', () => {
  test.each([
    ...commands.map((command) => `${command} --no-such-option`),
    'no-such-command',
    'counter no-such-command',
    'get',
    'get a b',
    'get a --revision 0',
    'put a',
    'put a b c',
    'put a b --if-absent --if-revision 5',
    'put a b --if-revision x',
    'put a b --sequential --previous',
    'put a b --ephemeral --ttl 1ms',
    'put a b --ttl 5s',
    'del',
    'del a b',
    'del a --prefix b',
    'del --prefix a --previous',
    'ls a b',
    'txn a',
    'ls --tree --long',
    'ls --tree --json',
    'ls --long --json',
    'ls --count --limit 3',
    'ls --limit -1',
    'watch',
    'watch a --prefix b',
    'watch a b',
    'watch -- ls',
    'watch a b -- ls',
    'watch a --from 0',
    'watch a --only get',
    'counter',
    'counter next',
    'counter next a b',
    'counter next a --block 0',
    'counter get',
    'counter set a',
    'counter set a 1.5',
    'counter set a 9223372036854775808',
    'counter compare-and-set a 1',
    'counter compare-and-set a one two',
    'session',
    'session opn',
    'session open a',
    'session open --ttl 5',
    'session open --metadata host',
    'session list a',
    'session close',
    'session close me --yes',
    'session close 12',
    'compact',
    'compact now',
    'compact 0 --yes',
    'compact 5',
    'lock',
    'lock a',
    'lock a --',
    'lock a ls',
    'lock -- ls',
    'lock a b --shared -- ls',
    'lock a b --permits 2 -- ls',
    'lock a --permits 0 -- ls',
    'lock a --permits 2 --shared -- ls',
    'lock a --permits 2 --delay 1s -- ls',
    'lock a --delay 2h -- ls',
    'lock release',
    'lock release a',
    'lock release a --force',
    'lock release a b --force --yes',
    'lock release a --force --yes --token 0',
    'elect',
    'elect a',
    'elect a --',
    'elect a b -- ls',
    'elect a --observe -- ls',
    'elect a --once -- ls',
    'elect a --once',
    'lock a --ttl 5 -- ls',
    'lock a --ttl 99ms -- ls',
    'lock a --ttl 25h -- ls',
    'lock a --timeout soon -- ls',
    'status a',
    'settings a',
    'settings set',
    'settings set quota',
    'settings set quota=',
    'settings set quota=lots',
    'settings set quota=0',
    'settings set quota=1GiB=2GiB',
    'settings set history-revisions=1KiB',
    'settings set toString=1',
    'settings set color=red',
    'member',
    'member lst',
    'member list a',
    'member add',
    'member add n4',
    'member add n4=here',
    'member add n4=127.0.0.1:1,n5=127.0.0.1:2',
    'member add =127.0.0.1:1',
    'member promote',
    'member promote n4=127.0.0.1:1',
    'member remove',
    'member remove n1 n2 --yes',
    'member replace n1',
    'member replace n1 n4 --yes',
    'leader',
    'leader transfer n1 n2',
    'leader transfer n/1',
    'get a --timeout 5',
    'get a --timeout',
    'get a --endpoints nonsense',
    'put a b --endpoints',
    'up a',
    'up --nodes 2',
    'up --base-port 0',
    'up --base-port 65500',
    'serve',
    'serve a',
    'inspect',
    'inspect a b',
    'snapshot no-such-command',
    'snapshot save',
    'snapshot save a b',
    'snapshot status',
    'snapshot status a b',
    'snapshot restore',
    'snapshot restore a',
    'snapshot restore a --data b',
    'snapshot restore a --node n1',
    'snapshot restore a --data b --node no/name',
    'snapshot restore a --local b --node n1',
    'snapshot restore a --data b --node n1 --nodes 3',
    'snapshot restore a --local b --nodes 2',
    'snapshot restore a --local b --revision 0',
    'snapshot restore a --local b --revision 1.5',
    'snapshot restore a --local b --min-revision 9007199254740992',
    'snapshot restore a --local b --revision 5 --min-revision 5',
    'snapshot restore a --local b --raise-counters -1',
    'snapshot restore a --local b --raise-counters 9223372036854775808',
    '',
  ])('conclave %s', async (line) => {
    const world = new World();
    expect(await world.run(...line.split(' ').filter((word) => word !== ''))).toBe(64);
    expect(world.stdout.text).toBe('');
    expect(world.stderr.text).not.toBe('');
    expect(world.connected).toEqual([]);
  });

  test('the message says what is wrong and where help is', async () => {
    const world = new World();
    await world.run('get', 'a', '--jsn');
    expect(world.stderr.text).toContain("error: unknown option '--jsn'");
    expect(world.stderr.text).toContain('Did you mean --json?');
    expect(world.stderr.text).toContain('--help');
  });

  test('a command that is written almost rightly is recognised', async () => {
    for (const [words, meant] of [
      [['member', 'lits'], 'list'],
      [['member', 'promot', 'n4'], 'promote'],
      [['leader', 'transfr'], 'transfer'],
    ] as const) {
      const world = new World();
      expect(await world.run(...words)).toBe(64);
      expect(world.stderr.text).toContain(`Did you mean ${meant}?`);
    }
  });

  test('words that are not UTF-8 are refused, not replaced', async () => {
    for (const words of [
      ['put', 'key', 'a\ufffdb'],
      ['get', '\ufffd'],
      ['lock', 'a', '--', 'echo', '\ufffd'],
    ]) {
      const world = new World();
      expect(await world.run(...words)).toBe(64);
      expect(world.stderr.text).toContain('\ufffd');
      expect(world.stderr.text).toContain('is not UTF-8');
      expect(world.connected).toEqual([]);
    }
  });

  test('so does an environment that makes no sense', async () => {
    const world = new World({ environment: { CONCLAVE_ENDPOINTS: 'nonsense' } });
    expect(await world.run('get', 'a')).toBe(64);
    expect(world.stderr.text).toContain('CONCLAVE_ENDPOINTS');
  });
});

describe('help', () => {
  test.each(['', ...commands])('of conclave %s begins with examples', async (command) => {
    const world = new World();
    expect(await world.run(...command.split(' ').filter((word) => word !== ''), '--help')).toBe(0);
    expect(world.stdout.text).toMatch(/^Examples:\n {2}(?:conclave|npm) /);
    expect(world.stdout.text).toContain('Usage: conclave');
    expect(world.stderr.text).toBe('');
  });

  test('of lock says when the command is ended, and when nothing ends it', async () => {
    const world = new World();
    await world.run('lock', '--help');
    expect(world.stdout.text).toContain('When half of what remained');
    expect(world.stdout.text).toContain('Nothing ends the command if this process itself is stopped');
    expect(world.stdout.text).toContain('CONCLAVE_LOCK_TOKEN');
  });

  test('the version is that of the package', async () => {
    const world = new World();
    expect(await world.run('--version')).toBe(0);
    expect(world.stdout.text).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('the common options', () => {
  const client = { get: () => Promise.resolve(undefined) };
  const defaults = ['127.0.0.1:7101', '127.0.0.1:7102', '127.0.0.1:7103'];

  test.each([
    [['get', 'a'], defaults],
    [
      ['get', 'a', '--endpoints', 'x:1,y:2'],
      ['x:1', 'y:2'],
    ],
    [['--endpoints', 'x:1', 'get', 'a'], ['x:1']],
    [['get', '--endpoints=x:1', 'a'], ['x:1']],
    [['--endpoints', 'x:1', 'get', 'a', '--endpoints', 'y:2'], ['y:2']],
  ])('%j: endpoints %j', async (words, endpoints) => {
    const world = new World({ client });
    await world.run(...words);
    expect(world.connected[0]?.endpoints).toEqual(endpoints);
  });

  test('the environment stands behind what is written', async () => {
    const environment = { CONCLAVE_ENDPOINTS: 'e:1' };
    const world = new World({ client, environment });
    await world.run('get', 'a');
    await world.run('--endpoints', 'x:1', 'get', 'a');
    expect(world.connected.map(({ endpoints }) => endpoints)).toEqual([['e:1'], ['x:1']]);
  });

  test.each([
    ['--json', 'counter', 'next', 'a'],
    ['counter', '--json', 'next', 'a'],
    ['counter', 'next', '--json', 'a'],
    ['counter', 'next', 'a', '--json'],
  ])('%s %s %s %s prints JSON', async (...words) => {
    const world = new World({ client: { counter: () => ({ next: () => Promise.resolve(42n) }) as never } });
    await world.run(...words);
    expect(world.stdout.text).toBe('{"name":"a","value":"42"}\n');
  });

  test('--timeout reaches the call', async () => {
    let timeoutMs: number | undefined;
    const world = new World({
      client: {
        get: (_key, options) => {
          timeoutMs = options?.timeoutMs;
          return Promise.resolve(undefined);
        },
      },
    });
    await world.run('--timeout', '250ms', 'get', 'a');
    expect(timeoutMs).toBe(250);
  });
});
