import { describe, expect, test } from 'vitest';
import { compareHashes, isComplete } from '../../../src/cli/observe/hash-comparison.ts';
import { observedWorld } from './observed-node.ts';

/** `7a` is slot 7 with the hash a. */
function seen(...nodes: readonly string[]) {
  return new Map(
    nodes.map((text, index) => {
      const hashes = text.split(' ').filter((word) => word !== '');
      return [`n${index + 1}`, hashes.map((word) => ({ slot: Number.parseInt(word, 10), hash: word.slice(-1) }))];
    }),
  );
}

describe('states are compared', () => {
  test.each([
    ['at the newest slot at which all were seen', ['6a 7b 9d', '7b 8c', '7b 9d'], 7, true, true],
    ['and differ', ['7b', '7x', '7b'], 7, false, true],
    ['at the newest slot at which most were seen', ['7b 9d', '7b 9d', '2a'], 9, true, false],
    ['not, if no two were seen at one', ['1a', '2b'], null, null, false],
    ['with nobody', ['1a'], null, null, true],
  ])('%s', (_name, nodes, slot, same, complete) => {
    const comparison = compareHashes(seen(...nodes));
    expect([comparison.slot, comparison.same, isComplete(comparison)]).toEqual([slot, same, complete]);
  });
});

/** A cluster whose nodes have these hashes when asked for the nth time. */
function hashWorld(...times: readonly (readonly string[])[]) {
  const asked = new Map<string, number>();
  return observedWorld({
    StateHashes: (_request, endpoint) => {
      const time = asked.get(endpoint) ?? 0;
      asked.set(endpoint, time + 1);
      const nodes = seen(...(times[Math.min(time, times.length - 1)] ?? []));
      return { hashes: nodes.get(`n${endpoint.slice(-1)}`) ?? [] };
    },
  });
}

describe('hash', () => {
  test('shows them side by side', async () => {
    const world = hashWorld(['7a', '7a', '7a']);
    expect(await world.run('hash')).toBe(0);
    expect(world.stdout.text).toBe(
      'MEMBER\tSTATE\tSLOT\tHASH\nn1\tleader\t7\ta\nn2\tfollower\t7\ta\nn3\tfollower\t7\ta\n' +
        'the states after slot 7 are the same\n',
    );
  });

  test('ends with 1 if they differ', async () => {
    const world = hashWorld(['7a', '7b', '7a']);
    expect(await world.run('hash', '--json')).toBe(1);
    expect(JSON.parse(world.stdout.text)).toMatchObject({
      slot: 7,
      same: false,
      members: [{ hash: 'a' }, { hash: 'b' }, {}],
    });
  });

  test('looks again until all were seen at one slot', async () => {
    const world = hashWorld(['7a', '7a', '5x'], ['8b', '8b', '8b']);
    expect(await world.run('hash', '--json')).toBe(0);
    expect(JSON.parse(world.stdout.text)).toMatchObject({ slot: 8, same: true });
  });

  test('says who could not be compared, when its time is over', async () => {
    const world = hashWorld(['7a', '7a', '5x']);
    expect(await world.run('hash', '--timeout', '1ms')).toBe(1);
    expect(world.stdout.text).toContain('n3\tfollower\t5\tx\n');
    expect(world.stdout.text).toContain('are the same, but n3 was not seen there\n');
  });

  test('of no cluster there is none', async () => {
    expect(await observedWorld({}, { down: ['n1', 'n2', 'n3'] }).run('hash')).toBe(69);
  });
});
