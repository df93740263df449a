import { afterEach, describe, expect, test, vi } from 'vitest';
import { encodeCanonically } from '../../../src/paxos/canonical.ts';
import type { PaxosEffect } from '../../../src/paxos/effects.ts';
import { Paxos } from '../../../src/paxos/paxos.ts';
import { explore } from '../../../src/testing/explorer/explore.ts';
import { campaignInput, inputs, messageInput, proposalInput } from '../../../src/testing/explorer/input.ts';
import { incarnationOf, nodeIdOf } from '../../../src/testing/explorer/members.ts';
import { NodeGraph } from '../../../src/testing/explorer/node-graph.ts';
import type { Scope } from '../../../src/testing/explorer/scope.ts';
import { defaultScopes } from '../../../src/testing/explorer/scopes.ts';
import { Search } from '../../../src/testing/explorer/search.ts';
import { normaliseState } from '../../../src/testing/explorer/view.ts';
import { zeroBallot } from '../../../src/wire/ballot.ts';

const { consensus, leases } = defaultScopes;
const tiny: Scope = { ...consensus, proposers: 1, proposals: 0, slots: 1 };

/**
 * What tells the nodes' states apart, without what they have sent: a search that forgets nothing comes to the same. `numbers` has one for
 * each state of a node that was ever met: with the same, those of two searches can be compared.
 */
function nodeStates({ graph, table }: Search, numbers: Map<string, number>): Set<string> {
  const ofCores = new Map<number, number>();
  const numberOf = (node: number): number => {
    const core = graph.coreNumber(node);
    let number = ofCores.get(core);
    if (number === undefined) {
      const { memory, disk, pending } = graph.local.core(core);
      const text = encodeCanonically([memory, graph.local.disk(disk), pending]);
      number = numbers.get(text) ?? numbers.size;
      numbers.set(text, number);
      ofCores.set(core, number);
    }
    return number;
  };
  const states = new Set<string>();
  for (let state = 0; state < table.size; state++) states.add(table.triple(state).map(numberOf).join(' '));
  return states;
}

function searched(scope: Scope, reduces = true): Search {
  const search = new Search(scope, reduces);
  search.run();
  expect(search.exhausted).toBe(true);
  return search;
}

describe('a search', () => {
  test('of one election visits a known number of states', () => {
    const { table, depth, transitions } = searched(tiny);
    expect([table.size, depth, transitions]).toMatchInlineSnapshot(`
      [
        199,
        12,
        984,
      ]
    `);
  });

  test('finds the same twice', () => {
    const first = searched({ ...tiny, crashes: 1 });
    const second = searched({ ...tiny, crashes: 1 });
    expect([second.table.size, second.transitions]).toEqual([first.table.size, first.transitions]);
  });

  test.each([
    ['one election', tiny],
    ['a crash', { ...tiny, crashes: 1 }],
    ['slow disks', { ...tiny, disk: 'slow' } satisfies Scope],
    ['slow disks, a crash', { ...tiny, disk: 'slow', crashes: 1 } satisfies Scope],
    ['leases', { ...leases, proposers: 1, proposals: 0 } satisfies Scope],
  ])(
    'that forgets messages which cannot matter comes to all combinations of node states: %s',
    (_, scope) => {
      const reduced = searched(scope);
      const whole = searched(scope, false);
      expect(reduced.table.size).toBeLessThan(whole.table.size);
      const numbers = new Map<string, number>();
      const states = nodeStates(reduced, numbers);
      expect([...nodeStates(whole, numbers)].filter((state) => !states.has(state)).length).toBe(0);
    },
    120_000,
  );

  test('of a larger scope comes to more of them', () => {
    const numbers = new Map<string, number>();
    const states = nodeStates(searched(tiny), numbers);
    const more = nodeStates(searched({ ...tiny, crashes: 1 }), numbers);
    expect([...states].filter((state) => !more.has(state))).toEqual([]);
    expect(more.size).toBeGreaterThan(states.size);
  });

  test('stops at its bounds, and says that it has not exhausted the scope', () => {
    const limited = explore(consensus, { states: 1_000, elapsedMs: Number.POSITIVE_INFINITY }, () => 0);
    expect([limited.exhausted, limited.states >= 1_000, limited.violation]).toEqual([false, true, undefined]);
    let nowMs = 0;
    const clock = (): number => {
      nowMs += 1_000;
      return nowMs;
    };
    expect(explore(consensus, { states: Number.POSITIVE_INFINITY, elapsedMs: 2_000 }, clock).exhausted).toBe(false);
  });
});

describe('a turn', () => {
  test('is what the real code does', () => {
    const graph = new NodeGraph({ ...consensus, disk: 'slow' });
    const started = [graph.start(0), graph.start(1)];
    let candidate = graph.next(started[0]!, campaignInput(1));
    candidate = graph.next(candidate, inputs.persisted);
    const before = graph.core(started[1]!);
    const receiver = graph.next(started[1]!, messageInput(0));
    const { from, message } = graph.messages.envelope(0);
    expect([from, message.type]).toEqual([0, 'prepare']);
    expect(graph.core(candidate).memory.candidacy?.phase).toBe('preparing');

    const direct = Paxos.from(Paxos.from(before.memory).copyState());
    const effects: PaxosEffect[] = [];
    direct.advance({ monotonicMs: before.memory.nowMs, uptimeMs: before.memory.nowMs });
    direct.onMessage(nodeIdOf(0), incarnationOf(nodeIdOf(0)), message, effects);
    direct.flush(effects);
    const state = direct.copyState();
    normaliseState(state, consensus);
    expect(encodeCanonically(graph.core(receiver).memory)).toBe(encodeCanonically(state));
    expect(effects).toContainEqual({ type: 'persist', record: graph.core(receiver).pending });
  });

  test('leaves the state that it starts from alone, and is made once', () => {
    const graph = new NodeGraph(consensus);
    const start = graph.start(0);
    const text = encodeCanonically(graph.core(start).memory);
    const next = graph.next(start, campaignInput(1));
    expect(next).not.toBe(start);
    expect(encodeCanonically(graph.core(start).memory)).toBe(text);
    const { turns } = graph.local;
    expect(graph.next(start, campaignInput(1))).toBe(next);
    expect(graph.local.turns).toBe(turns);
  });

  test('that cannot be, or leads out of the scope, leaves the node as it is', () => {
    const graph = new NodeGraph(consensus);
    const bystander = graph.start(2);
    for (const input of [inputs.timeout, inputs.persisted, inputs.timePasses, campaignInput(1), proposalInput(1)]) {
      expect(graph.next(bystander, input)).toBe(bystander);
    }
    const proposer = graph.start(0);
    expect(graph.next(proposer, campaignInput(2))).toBe(proposer);
  });
});

describe('a protocol that is broken on purpose', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  const endless = { states: Number.POSITIVE_INFINITY, elapsedMs: Number.POSITIVE_INFINITY };

  test('forgets its promises: the trace is the shortest one', () => {
    const { restore } = Paxos.prototype;
    vi.spyOn(Paxos.prototype, 'restore').mockImplementation(function (this: Paxos, record) {
      restore.call(this, { ...record, promised: zeroBallot });
    });
    const { violation, exhausted } = explore({ ...tiny, crashes: 1 }, endless, () => 0);
    expect([violation?.invariant, exhausted]).toEqual(['promises outlive a restart', false]);
    expect(violation?.trace.map((line) => line.split('\n')[0])).toEqual([
      '  1. n1 campaigns in round 1',
      '  2. n1 crashes and restarts',
    ]);
  });

  test('trusts a lease as long as it leads', () => {
    vi.spyOn(Paxos.prototype, 'leaseHolds').mockImplementation(function (this: Paxos) {
      return this.serving;
    });
    const { violation } = explore({ ...leases, start: 'led', rounds: 2 }, endless, () => 0);
    expect(violation?.invariant).toBe('one lease at a time');
    expect(violation?.trace.join('\n')).toContain('a step of time passes');
  });

  test('throws: a broken assertion is a violation like any other', () => {
    vi.spyOn(Paxos.prototype, 'onTick').mockImplementation(() => {
      throw new RangeError('out of range');
    });
    const { violation } = explore(tiny, endless, () => 0);
    expect([violation?.invariant, violation?.trace]).toEqual(['RangeError', ['  1. n1 ticks']]);
  });
});
