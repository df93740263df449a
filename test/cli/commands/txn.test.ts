import { describe, expect, test } from 'vitest';
import { type Client, cond, op } from '../../../src/client/index.ts';
import { entry, World } from '../fake-context.ts';

/** A client that answers so, and keeps what it was asked. */
function answering(answer: object, stdin: string, onTerminal = false) {
  const asked: unknown[] = [];
  const txn = (branches: unknown) => {
    asked.push(branches);
    return Promise.resolve({ revision: 42, ...answer });
  };
  return { asked, world: new World({ client: { txn: txn as Client['txn'] }, stdin, onTerminal }) };
}

const done = { succeeded: true, results: [] };

describe('every condition and operation is that of the SDK', () => {
  test.each([
    ['exists a', cond.exists('a')],
    ['absent a', cond.absent('a')],
    ['value a = b', cond.value('a', '=', 'b')],
    ['value a != ""', cond.value('a', '!=', '')],
    ['version a > 3', cond.version('a', '>', 3)],
    ['createRevision a < 17', cond.createRevision('a', '<', 17)],
    ['modRevision a = 0', cond.modRevision('a', '=', 0)],
    ['owner a = 12', cond.owner('a', '12')],
    ['owner a = none', cond.owner('a', undefined)],
    ['counter orders < -9223372036854775808', cond.counter('orders', '<', -(2n ** 63n))],
    ['lockHeld nightly 33', cond.lockHeld({ name: 'nightly', token: 33 })],
  ])('%s', async (line, condition) => {
    const { asked, world } = answering(done, `if\n${line}\n`);
    expect(await world.run('txn')).toBe(0);
    expect(asked).toEqual([{ if: [condition], then: [], else: [] }]);
  });

  test.each([
    ['put a b', op.put('a', 'b')],
    ['get a', op.get('a')],
    ['delete a', op.delete('a')],
    ['del a', op.delete('a')],
    ['txn\nif\nexists a\nelse\nget b\nend', op.txn({ if: [cond.exists('a')], then: [], else: [op.get('b')] })],
  ])('%s', async (line, operation) => {
    const { asked, world } = answering({ succeeded: false, results: [] }, `else\n${line}\n`);
    await world.run('txn');
    expect(asked).toEqual([{ if: [], then: [], else: [operation] }]);
  });
});

const stdin = 'then\nput a 1\nget a\nget b\ndelete c\ndelete d\ntxn\nif\nexists e\nelse\nget f\nend';
const outcome = {
  succeeded: true,
  results: [
    { revision: 42 },
    entry('a', 'one\u001b'),
    undefined,
    { deleted: true },
    { deleted: false },
    { succeeded: false, results: [entry('f', Uint8Array.of(0xff))] },
  ],
};

test('the results are printed, a line for each operation', async () => {
  const { world } = answering(outcome, stdin);
  expect(await world.run('txn')).toBe(0);
  expect(Buffer.from(world.stdout.bytes).toString('latin1').split('\n')).toEqual([
    'succeeded, revision 42',
    'put a',
    'get a = one\u001b',
    'get b, absent',
    'delete c',
    'delete d, absent',
    'txn failed',
    '  get f = \xff',
    '',
  ]);
  expect(world.stderr.text).toBe('');
});

test('a terminal is not made to obey a value', async () => {
  const { world } = answering(outcome, stdin, true);
  await world.run('txn');
  expect(world.stdout.text).toContain('get a = one\ufffd\n');
  expect(world.stderr.text).toContain('then Ctrl-D');
});

test('--json prints one object', async () => {
  const { world } = answering(outcome, stdin);
  await world.run('txn', '--json');
  const numbers = { createRevision: 3, modRevision: 5, version: 2 };
  expect(JSON.parse(world.stdout.text)).toEqual({
    succeeded: true,
    revision: 42,
    results: [
      { type: 'put', key: 'a' },
      { type: 'get', key: 'a', entry: { key: 'a', value: 'one\u001b', ...numbers } },
      { type: 'get', key: 'b', entry: null },
      { type: 'delete', key: 'c', deleted: true },
      { type: 'delete', key: 'd', deleted: false },
      {
        type: 'txn',
        succeeded: false,
        results: [{ type: 'get', key: 'f', entry: { key: 'f', valueBase64: '/w==', ...numbers } }],
      },
    ],
  });
});

test('conditions that do not hold end with 1, and what was done instead is printed', async () => {
  const { world } = answering({ succeeded: false, results: [undefined] }, 'if\nexists a\nelse\nget a');
  expect(await world.run('txn')).toBe(1);
  expect(world.stdout.text).toBe('failed, revision 42\nget a, absent\n');
});

describe('what is no transaction ends with 64, and nothing is sent', () => {
  test.each([
    ['if\n\nexist a', "line 3: 'exist' is no condition; there are exists, absent, value, version,"],
    ['then\nmove a b', "line 2: 'move' is no operation; there are put, get, delete, del"],
    ['then\ntoString a', "line 2: 'toString' is no operation"],
    ['then\nput a b c', 'line 2: put is written put KEY VALUE; what has blanks stands in double quotes'],
    ['if\nversion a 3', 'line 2: version is written version KEY =|!=|<|> NUMBER'],
    ['if\nversion a >= 3', "line 2: a comparison is =, !=, < or >, not '>='"],
    ['if\nversion a > -3', "line 2: '-3' is no whole number from 0 on"],
    ['if\nversion a > 9007199254740992', "line 2: '9007199254740992' is no whole number"],
    ['if\nowner a > 3', 'line 2: an owner is compared with =, not with >'],
    ['if\nowner a = me', "line 2: 'me' is no whole number from 1 on"],
    ['if\nlockHeld nightly 0', "line 2: '0' is no whole number from 1 on"],
    ['if\ncounter a = 9223372036854775808', "line 2: '9223372036854775808' is no whole number of at most 64 bits"],
    ['{"then": [["get", "a"], ["put", "a"]]}', 'then[1]: put is written put KEY VALUE'],
    ['{"if": [["lockHeld", {"base64": "AP8K"}, 3]]}', 'if[0]: a name is text'],
    [' \n', 'there is no transaction on standard input'],
  ])('%j', async (text, message) => {
    const { asked, world } = answering(done, text);
    expect(await world.run('txn')).toBe(64);
    expect(world.stderr.text).toContain(`error: ${message}`);
    expect([asked, world.connected, world.stdout.text]).toEqual([[], [], '']);
  });
});
