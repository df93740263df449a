import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { SnapshotHeader, SnapshotPart } from '../../src/rpc/admin-definition.ts';
import { AdminRefusal, registerAdminService } from '../../src/rpc/admin-service.ts';
import { RpcServer } from '../../src/rpc/rpc-server.ts';
import { sendParts } from '../../src/rpc/send-parts.ts';
import { requestSnapshot } from '../../src/rpc/snapshot-client.ts';

const header: SnapshotHeader = {
  formatVersion: 1,
  clusterId: 'c',
  clusterName: 'conclave',
  nodeId: 'n1',
  programVersion: '1.2.3',
  createdAtMs: 1_764_380_000_000,
  slot: 2 ** 40,
  revision: Number.MAX_SAFE_INTEGER,
  stateHash: '0123456789abcdef',
  stale: true,
  expectedBytes: 3,
};
const chunkBytes = 256 * 1024;
const chunkOf = (index: number): Uint8Array => new Uint8Array(chunkBytes).fill(index);

import { eventually } from '../eventually.ts';
import { noInspection } from './no-inspection.ts';

type Parts = AsyncGenerator<SnapshotPart, void, undefined>;

let server: RpcServer;
let address: string;
let save: (stale: boolean) => Parts;
const options = { stale: false, silenceMs: 5_000, signal: new AbortController().signal };

beforeEach(async () => {
  server = new RpcServer({ maxConnections: 10 });
  registerAdminService(server, {
    report: () => ({}) as never,
    transferLeadership: async () => '',
    changeMembers: async () => 0,
    settings: () => ({}) as never,
    changeSettings: async () => ({}) as never,
    inspection: noInspection,
    saveSnapshot: ({ stale }) => save(stale),
  });
  address = `127.0.0.1:${await server.listen('127.0.0.1', 0)}`;
});

afterEach(() => server.destroy());

test('all parts come, in their order, unchanged', async () => {
  let asked: boolean | undefined;
  save = async function* (stale) {
    asked = stale;
    yield { part: 'header', header };
    for (let index = 0; index < 20; index++) yield { part: 'chunk', chunk: chunkOf(index) };
    yield { part: 'end', end: { chunks: 20, bytes: 20 * chunkBytes } };
  };
  const parts: SnapshotPart[] = [];
  for await (const part of requestSnapshot(address, { ...options, stale: true })) parts.push(part);
  expect(asked).toBe(true);
  expect(parts[0]).toEqual({ part: 'header', header });
  expect(parts.at(-1)).toEqual({ part: 'end', end: { chunks: 20, bytes: 20 * chunkBytes } });
  const chunks = parts.slice(1, -1).map((part) => (part.part === 'chunk' ? Buffer.from(part.chunk) : undefined));
  expect(chunks.map((chunk, index) => chunk?.equals(chunkOf(index)))).toEqual(Array(20).fill(true));
});

/** Chunks without end; how many were made, and whether it was ended. */
function endless() {
  const made = { chunks: 0, ended: false };
  save = async function* () {
    try {
      yield { part: 'header', header };
      for (;;) {
        made.chunks += 1;
        yield { part: 'chunk', chunk: chunkOf(1) };
      }
    } finally {
      made.ended = true;
    }
  };
  return made;
}

test('no more is made than what the caller takes, and little ahead', async () => {
  const made = endless();
  let taken = 0;
  for await (const part of requestSnapshot(address, options)) {
    if (part.part !== 'chunk') continue;
    taken += 1;
    await new Promise((resolve) => setImmediate(resolve));
    expect(made.chunks - taken).toBeLessThan(80);
    if (taken === 300) break;
  }
  await vi.waitFor(() => expect(made.ended).toBe(true), { timeout: 5_000 });
});

describe('what goes wrong has a code', () => {
  const untilItFails = async (changed: Partial<typeof options> = {}) => {
    for await (const _ of requestSnapshot(address, { ...options, ...changed }));
  };

  test.each(['BUSY', 'UNAVAILABLE'] as const)('%s', async (code) => {
    // biome-ignore lint/correctness/useYield: it refuses at once
    save = async function* () {
      throw new AdminRefusal(code, 'because');
    };
    await expect(untilItFails()).rejects.toMatchObject({ code, message: `${address}: because` });
  });

  test('a node that ends in the middle', async () => {
    endless();
    const broken = async () => {
      for await (const part of requestSnapshot(address, options)) if (part.part === 'chunk') server.destroy();
    };
    await expect(broken()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  test('TIMEOUT if nothing comes', async () => {
    save = async function* () {
      yield { part: 'header', header };
      await new Promise(() => undefined);
    };
    await expect(untilItFails({ silenceMs: 100 })).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  test('the reason of the signal, and nothing more is made', async () => {
    const made = endless();
    const controller = new AbortController();
    const failed = untilItFails({ signal: controller.signal });
    await eventually(() => expect(made.chunks).toBeGreaterThan(10));
    controller.abort(new Error('enough'));
    await expect(failed).rejects.toThrow('enough');
    await vi.waitFor(() => expect(made.ended).toBe(true), { timeout: 5_000 });
  });
});

test('a caller that takes nothing is let go', async () => {
  const made = endless();
  const call = Object.assign(new EventEmitter(), { cancelled: false, destroyed: false, write: () => false });
  await expect(sendParts(call as never, save(false), 50)).rejects.toMatchObject({ code: 'TIMEOUT' });
  expect(made.ended).toBe(true);
  expect(call.eventNames()).toEqual([]);
});
