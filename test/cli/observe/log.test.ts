import { describe, expect, test } from 'vitest';
import { operationText } from '../../../src/cli/observe/operation-view.ts';
import { slotJson, slotLines } from '../../../src/cli/observe/slot-view.ts';
import { configurationValue } from '../../../src/paxos/configuration-codec.ts';
import { encodeBatch } from '../../../src/wire/batch-codec.ts';
import { utf8Bytes } from '../../../src/wire/bytes.ts';
import type { NodeId, Revision, SessionId } from '../../../src/wire/identifiers.ts';
import type { Operation, OperationBody } from '../../../src/wire/operation.ts';
import { encodeOperation } from '../../../src/wire/operation-codec.ts';
import { observedWorld } from './observed-node.ts';

const command = { sessionId: 3 as SessionId, generation: 1, sequence: 7, acknowledged: 6 } as Operation['command'];
const ballot = { round: 2, nodeId: 'n1' as NodeId };
const open: OperationBody = {
  kind: 'openSession',
  ttlMs: 10_000,
  name: 'worker',
  nonce: 2n ** 63n,
  secret: utf8Bytes('secret-of-worker'),
  metadata: [{ name: 'host', value: 'h1' }],
};
const put: OperationBody = { kind: 'put', key: utf8Bytes('a'), value: Uint8Array.of(255), ephemeral: true };

function batch(...bodies: readonly OperationBody[]): Uint8Array {
  return encodeBatch(
    bodies.map((body) => {
      const own = body.kind === 'put' ? command : undefined;
      return encodeOperation({ requestId: 1, command: own, seenRevision: 0 as Revision, body });
    }),
  );
}

const member = { nodeId: 'n1' as NodeId, incarnation: 'i', address: '127.0.0.1:7101', standing: 'voter', replaces: '' };

describe('a slot', () => {
  test('has a line for each operation', () => {
    const value = batch(put, open, { kind: 'openBallot', ballot });
    expect(slotLines({ slot: 9, value })).toEqual([
      '9 3#7 put a (1 B) ephemeral',
      '9 - openSession worker (TTL 10s)',
      '9 - openBallot 2.n1',
    ]);
  });

  test('may hold nothing, or the members, or what this version cannot read', () => {
    expect(slotLines({ slot: 9, value: batch() })).toEqual(['9 - no-op']);
    expect(slotLines({ slot: 9, value: configurationValue([member as never]) })).toEqual(['9 - members n1']);
    expect(slotLines({ slot: 9, value: Uint8Array.of(10, 99) })[0]).toMatch(/^9 - undecodable: /);
  });

  test('is one object for programs, without secrets', () => {
    const json = slotJson({ slot: 9, value: batch(put, open) });
    expect(json).toMatchObject({ slot: 9, members: null, problem: null });
    expect(json['operations']).toEqual([
      { kind: 'put', session: '3', generation: 1, sequence: 7, key: 'a', valueBase64: '/w==', ephemeral: true },
      {
        kind: 'openSession',
        session: null,
        generation: null,
        sequence: null,
        ttlMs: 10_000,
        name: 'worker',
        nonce: String(2n ** 63n),
        metadata: [{ name: 'host', value: 'h1' }],
      },
    ]);
    expect(JSON.stringify(json)).not.toContain('secret');
    expect(slotJson({ slot: 9, value: configurationValue([member as never]) })['members']).toEqual(['n1']);
    expect(slotJson({ slot: 9, value: Uint8Array.of(10, 99) })['problem']).toMatch(/./);
  });
});

describe('an operation is told by what it is about', () => {
  const terms = { mode: 'shared', permits: 0, otherNames: ['b'], delayMs: 0, note: utf8Bytes('') } as const;
  test.each<[OperationBody, string]>([
    [{ kind: 'delete', key: utf8Bytes('a') }, 'delete a'],
    [{ kind: 'transaction', if: [], then: [put], else: [] }, 'transaction if 0 conditions, then 1 operations, else 0'],
    [{ kind: 'lockAcquire', name: 'a', wait: true }, 'lockAcquire a'],
    [{ kind: 'lockAcquire', name: 'a', wait: true, terms }, 'lockAcquire a b shared'],
    [{ kind: 'lockForceRelease', name: 'a', token: 7 }, 'lockForceRelease a token 7'],
    [{ kind: 'counterAdd', name: 'orders', count: 2 }, 'counterAdd orders 2'],
    [{ kind: 'compact', revision: 7 as Revision }, 'compact through revision 7'],
    [{ kind: 'expireSession', sessionId: 3 as SessionId, generation: 1, ballot }, 'expireSession 3'],
    [{ kind: 'closeSession' }, 'closeSession'],
  ])('%#', (body, text) => {
    expect(operationText(body)).toBe(text);
  });
});

describe('log', () => {
  function world() {
    const endpoints: string[] = [];
    const observed = observedWorld({
      Log: ({ fromSlot, limit }, endpoint) => {
        endpoints.push(endpoint);
        const first = fromSlot === 0 ? 50 : fromSlot;
        const slots = Array.from({ length: Math.min(limit, 51 - first) }, (_, index) => first + index);
        return { slots: slots.map((slot) => ({ slot, value: batch(put) })), chosenSlot: 50, oldestSlot: 40 };
      },
    });
    return { observed, endpoints };
  }

  test('shows the newest slots of a node that answers', async () => {
    const { observed, endpoints } = world();
    expect(await observed.run('log', '--limit', '2')).toBe(0);
    expect(observed.stdout.text).toBe('49 3#7 put a (1 B) ephemeral\n50 3#7 put a (1 B) ephemeral\n');
    expect(new Set(endpoints)).toEqual(new Set(['127.0.0.1:7101']));
  });

  test('shows those of the node that is named, and says what it does not keep', async () => {
    const { observed, endpoints } = world();
    expect(await observed.run('log', '--node', 'n3', '--from', '1', '--json')).toBe(0);
    expect(new Set(endpoints)).toEqual(new Set(['127.0.0.1:7103']));
    expect(observed.stdout.text.trim().split('\n')).toHaveLength(11);
    expect(observed.stderr.text).toBe('slots before 40 are only in the state\n');
  });

  test('of a node that does not answer there is none', async () => {
    const { observed } = world();
    expect(await observed.run('log', '--node', 'n9')).toBe(1);
    expect(observed.stderr.text).toBe('error NOT_FOUND: no node n9 answers\n');
  });
});
