import { describe, expect, test } from 'vitest';
import type { NodeStatus } from '../../src/cli/cluster-probe.ts';
import { CodedError, World } from './fake-context.ts';

function failingWith(error: Error, reports: ConstructorParameters<typeof World>[0] = {}) {
  return new World({ connect: () => Promise.reject(error), ...reports });
}

const answering = (leaderId: string | null) => ({ kind: 'answered' as const, status: { leaderId } as NodeStatus });

describe('no cluster', () => {
  test('is 69, with the reason of each endpoint and the way out', async () => {
    const world = failingWith(new CodedError('UNAVAILABLE', 'no node could be reached'), {
      reports: { '127.0.0.1:7102': { kind: 'failed', reason: 'no answer in 1000ms' } as never },
    });
    expect(await world.run('get', 'a')).toBe(69);
    expect(world.stdout.text).toBe('');
    expect(world.stderr.text).toBe(
      [
        'error UNAVAILABLE: no cluster could be reached',
        '  127.0.0.1:7101  connection refused',
        '  127.0.0.1:7102  no answer in 1000ms',
        '  127.0.0.1:7103  connection refused',
        'start one with `conclave up`, or in a clone of Conclave with `npm start`',
        '',
      ].join('\n'),
    );
  });

  test('is told in the words of the SDK if it has tried to connect', async () => {
    const endpoints = [{ endpoint: 'x:1', reason: 'no welcome in 1000 ms' }];
    const world = failingWith(Object.assign(new CodedError('UNAVAILABLE', 'no node could be reached'), { endpoints }));
    expect(await world.run('get', 'a')).toBe(69);
    expect(world.stderr.text).toContain('  x:1  no welcome in 1000 ms\n');
    expect(world.stderr.text).toContain('do these nodes run, and is that where they listen');
    expect(world.probed).toEqual([]);
  });

  test.each([
    ['put', 'a', 'b'],
    ['del', 'a'],
    ['ls'],
    ['watch', 'a'],
    ['counter', 'next', 'a'],
    ['lock', 'a', '--', 'true'],
  ])('is 69 for %s as well', async (...words) => {
    expect(await failingWith(new CodedError('UNAVAILABLE', '')).run(...words)).toBe(69);
  });

  test('is also what a call that timed out means if no node knows a leader', async () => {
    const world = failingWith(new CodedError('TIMEOUT', 'the call took too long'), {
      reports: { '127.0.0.1:7101': answering(null) as never },
    });
    expect(await world.run('get', 'a')).toBe(69);
    expect(world.stderr.text).toContain('error UNAVAILABLE: the cluster has no leader\n');
    expect(world.stderr.text).toContain('127.0.0.1:7101  answers, but knows no leader\n');
    expect(world.stderr.text).not.toContain('npm start');
  });
});

describe('a cluster that is lost during a write', () => {
  test('leaves open whether the write has taken effect, and says so', async () => {
    const put = () => Promise.reject(new CodedError('TIMEOUT', 'the call took too long', 'unknown'));
    const world = new World({ client: { put }, reports: { '127.0.0.1:7101': answering(null) as never } });
    expect(await world.run('put', 'a', 'b')).toBe(69);
    expect(world.stderr.text).toContain('error UNAVAILABLE: the cluster has no leader (it may have taken effect)\n');
  });
});

describe('a cluster without a leader', () => {
  const leaderless = () => Promise.reject(new CodedError('UNAVAILABLE', 'the cluster has no leader'));

  test('is 69, and every endpoint is told of, whatever a follower still believes', async () => {
    const world = new World({
      client: { get: leaderless },
      reports: { '127.0.0.1:7101': answering('n2') as never },
    });
    expect(await world.run('get', 'a')).toBe(69);
    expect(world.stderr.text).toBe(
      [
        'error UNAVAILABLE: the cluster has no leader',
        '  127.0.0.1:7101  answers, and follows n2',
        '  127.0.0.1:7102  connection refused',
        '  127.0.0.1:7103  connection refused',
        '',
      ].join('\n'),
    );
  });

  test('is no place to wait for a lock, unless a time is given', async () => {
    const client = {
      counter: () => ({ get: leaderless }) as never,
      lock: () => Promise.reject(new CodedError('LOCK_TIMEOUT', 'not in time')),
    };
    expect(await new World({ client }).run('lock', 'a', '--', 'true')).toBe(69);
    expect(await new World({ client }).run('lock', 'a', '--timeout', '1s', '--', 'true')).toBe(75);
  });
});

describe('any other failure is 1, with its code', () => {
  test('a call that timed out although there is a leader', async () => {
    const world = failingWith(new CodedError('TIMEOUT', 'the call took too long', 'unknown'), {
      reports: { '127.0.0.1:7103': answering('n1') as never },
    });
    expect(await world.run('put', 'a', 'b')).toBe(1);
    expect(world.stderr.text).toBe('error TIMEOUT: the call took too long (it may have taken effect)\n');
  });

  test('a refusal by the service', async () => {
    const world = failingWith(new CodedError('VALUE_TOO_LARGE', 'a value has at most 1 MiB'));
    expect(await world.run('put', 'a', 'b')).toBe(1);
    expect(world.stderr.text).toBe('error VALUE_TOO_LARGE: a value has at most 1 MiB\n');
    expect(world.probed).toEqual([]);
  });

  test('a fault of our own', async () => {
    const world = failingWith(new TypeError('x is not a function'));
    expect(await world.run('get', 'a')).toBe(1);
    expect(world.stderr.text).toBe('error INTERNAL: x is not a function\n');
  });
});
