import { afterAll, beforeAll, expect, test } from 'vitest';
import { registerAdminService } from '../../src/rpc/admin-service.ts';
import { type InspectionCall, type InspectionCalls, requestInspection } from '../../src/rpc/inspection-client.ts';
import type { InspectionHandlers } from '../../src/rpc/inspection-definition.ts';
import { RpcServer } from '../../src/rpc/rpc-server.ts';

const party = { sessionId: 2 ** 40, sessionName: 'worker', mode: 'shared', askedRevision: 9, remainingMs: 12.5 };
const durations = { count: 3, medianMs: 0.25, p99Ms: 1.5, maxMs: 2 };

/** One of each, in which no field has the value that it has when it is missing. */
const exchanges: { readonly [Call in InspectionCall]: InspectionCalls[Call] } = {
  Locks: {
    request: { prefix: 'a', after: 'ab', limit: 7 },
    answer: {
      revision: 2 ** 50,
      timed: true,
      more: true,
      locks: [
        {
          name: 'näme',
          holders: [{ ...party, token: 2 ** 41, note: Buffer.of(0, 255) }],
          waiters: [{ ...party, token: 0, note: Buffer.of() }],
          holderCount: 17,
          waiterCount: 18,
          delaySinceRevision: 19,
          delayMs: 20,
          delayRemainingMs: 21.5,
        },
      ],
    },
  },
  Sessions: {
    request: { after: 2 ** 40, limit: 7 },
    answer: {
      revision: 3,
      timed: true,
      more: true,
      sessions: [
        {
          id: 2 ** 40,
          name: 'worker',
          metadata: [{ name: 'host', value: 'h1' }],
          ttlMs: 10_000,
          generation: 2,
          ephemeralKeys: 3,
          held: 4,
          waiting: 5,
          remainingMs: 9_000.5,
        },
      ],
    },
  },
  Watches: {
    request: { afterConnection: 1, afterWatch: 2, limit: 3 },
    answer: {
      more: true,
      watches: [
        {
          connection: 4,
          watch: 5,
          client: '127.0.0.1:9',
          kind: 'locks',
          from: Buffer.from('a'),
          extent: 'range',
          to: Buffer.from('b'),
          lagging: true,
          unwrittenBytes: 6,
          sessions: [7, 8],
        },
      ],
    },
  },
  Log: {
    request: { fromSlot: 2 ** 40, limit: 9 },
    answer: { slots: [{ slot: 2 ** 40, value: Buffer.of(1, 2) }], chosenSlot: 2 ** 41, oldestSlot: 3 },
  },
  StateHashes: { request: { durationMs: 5 }, answer: { hashes: [{ slot: 2 ** 40, hash: 'abc' }] } },
  Vitals: {
    request: {},
    answer: {
      wallClockMs: 1.5e12,
      monotonicMs: 12.25,
      residentMemoryBytes: 2 ** 33,
      heapUsedBytes: 2 ** 32,
      eventLoopDelayP99Ms: 0.5,
      eventLoopDelayMaxMs: 1.5,
      appends: durations,
      commits: durations,
      roundTrips: [{ nodeId: 'n2', durations }],
      diskFreeBytes: 2 ** 40,
      diskNeededBytes: 2 ** 28,
      journaledBytes: 2 ** 20,
      leaseMs: 200,
      clockDriftPermille: 100,
      settings: [{ name: 'heartbeatMs', value: '50' }],
    },
  },
};
const calls = Object.keys(exchanges) as InspectionCall[];

let server: RpcServer;
let address: string;
const asked: unknown[] = [];

beforeAll(async () => {
  server = new RpcServer({ maxConnections: 10 });
  const handlers = calls.map((call) => [
    call,
    async (request: unknown) => {
      asked.push(request);
      return exchanges[call].answer;
    },
  ]);
  const inspection = Object.fromEntries(handlers) as InspectionHandlers;
  registerAdminService(server, { inspection } as Parameters<typeof registerAdminService>[1]);
  address = `127.0.0.1:${await server.listen('127.0.0.1', 0)}`;
});

afterAll(() => server?.destroy());

test.each(calls)('%s: what is asked and what is answered arrives unchanged', async (call) => {
  const { request, answer } = exchanges[call];
  expect(await requestInspection(address, call, request, { timeoutMs: 5_000 })).toEqual(answer);
  expect(asked.at(-1)).toEqual(request);
});
