import { once } from 'node:events';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { credentials, Client as GrpcClient } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, connect, op } from '../../src/client/index.ts';
import type { ProcessNode } from '../../src/testing/cluster/process-node.ts';
import { TestCluster } from '../../src/testing/cluster/test-cluster.ts';
import { decodeServerFrame } from '../../src/wire/frame-codec.ts';
import { limits } from '../../src/wire/limits.ts';

let cluster: TestCluster<ProcessNode>;
let client: Client;

beforeAll(async () => {
  cluster = await TestCluster.start({ mode: 'processes', proxies: false });
  client = await connect({ endpoints: cluster.endpoints });
}, 30_000);

afterAll(async () => {
  await client?.close();
  await cluster?.close();
});

async function expectClusterUnharmed(): Promise<void> {
  await client.put('still', 'here');
  expect((await client.get('still'))?.text()).toBe('here');
}

/** Sends raw bytes on a stream of its own and returns the code with which the node ends it. */
function sendRaw(address: string, frames: readonly Buffer[]): Promise<string> {
  const channel = new GrpcClient(address, credentials.createInsecure());
  const raw = (bytes: Buffer) => bytes;
  const stream = channel.makeBidiStreamRequest('/conclave.v1.Client/Connect', raw, raw);
  return new Promise<string>((resolve) => {
    let code = '';
    stream.on('data', (bytes: Buffer) => {
      code = decodeServerFrame(bytes).goodbye?.code ?? code;
    });
    stream.on('error', (error) => resolve(code || `grpc: ${error.message}`));
    stream.on('end', () => resolve(code));
    for (const frame of frames) stream.write(frame);
  }).finally(() => channel.close());
}

describe('what is past a limit is refused and changes nothing', () => {
  it('an oversized key, value and transaction', async () => {
    const key = 'k'.repeat(limits.keyBytes + 1);
    await expect(client.put(key, 'v')).rejects.toMatchObject({ code: 'KEY_TOO_LARGE', outcome: 'not-applied' });
    const value = new Uint8Array(limits.valueBytes + 1);
    await expect(client.put('k', value)).rejects.toMatchObject({ code: 'VALUE_TOO_LARGE', outcome: 'not-applied' });
    const many = Array.from({ length: limits.transactionOperations + 1 }, (_, index) => op.put(`k${index}`, ''));
    await expect(client.txn({ if: [], then: many })).rejects.toMatchObject({ code: 'TOO_MANY_OPERATIONS' });
    expect(await client.get('k')).toBeUndefined();
    expect(await client.get('k0')).toBeUndefined();
    await expectClusterUnharmed();
  });

  it('the largest value that is allowed is taken', async () => {
    const value = new Uint8Array(limits.valueBytes).fill(7);
    await client.put('large', value);
    expect(Buffer.compare((await client.get('large'))?.value ?? Buffer.alloc(0), value)).toBe(0);
  });
});

describe('a stream that does not speak the protocol is ended with a code', () => {
  it.each([
    ['bytes that are no frame', [Buffer.from([0xff, 0xff, 0xff, 0xff])]],
    ['a frame without a hello', [Buffer.alloc(0)]],
  ])('%s', async (_, frames) => {
    const [node] = cluster.nodes;
    expect(await sendRaw(node?.address ?? '', frames)).toBe('PROTOCOL_ERROR');
    await expectClusterUnharmed();
  });

  it('an oversized frame', async () => {
    const [node] = cluster.nodes;
    expect(await sendRaw(node?.address ?? '', [Buffer.alloc(limits.frameBytes * 2)])).toMatch(
      /FRAME_TOO_LARGE|RESOURCE_EXHAUSTED/,
    );
    await expectClusterUnharmed();
  });
});

/** That holds the records, whether LevelDB keeps them in a log or in a table by now. */
async function largestFile(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => /\.(log|ldb)$/.test(name));
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  return join(folder, names[sizes.indexOf(Math.max(...sizes))] ?? 'none');
}

/** Starts a stopped node again and returns how it ended and what it had to say. */
async function startAndSeeItEnd(node: ProcessNode): Promise<{ readonly code: number | null; readonly log: string }> {
  const before = (await readFile(node.logFile, 'utf8')).length;
  await node.start().catch(() => undefined);
  const { code } = await node.exited();
  return { code, log: (await readFile(node.logFile, 'utf8')).slice(before) };
}

describe('a node that cannot run says why, and the cluster goes on', () => {
  it('its port is in use', async () => {
    const node = cluster.node('n3');
    await node.stop();
    const port = Number(node.address.split(':')[1]);
    const squatter = createServer((socket) => socket.destroy()).listen(port, '127.0.0.1');
    await once(squatter, 'listening');
    try {
      const { code, log } = await startAndSeeItEnd(node);
      expect(code).not.toBe(0);
      expect(log).toContain('PORT_IN_USE');
      expect(log).toContain(node.address);
    } finally {
      await new Promise((resolve) => squatter.close(resolve));
    }
    await expectClusterUnharmed();
  }, 30_000);

  it('its journal has a damaged byte', async () => {
    const node = cluster.node('n3');
    await node.kill();
    const path = await largestFile(join(node.dataDir, 'journal'));
    const pristine = await readFile(path);
    const damaged = Buffer.from(pristine);
    const middle = Math.floor(damaged.length / 2);
    damaged[middle] = (damaged[middle] ?? 0) ^ 0xff;
    await writeFile(path, damaged);
    const { code, log: said } = await startAndSeeItEnd(node);
    expect(code).not.toBe(0);
    expect(said).toContain('JOURNAL_DAMAGED');
    await expectClusterUnharmed();
    await writeFile(path, pristine);
  }, 30_000);
});
