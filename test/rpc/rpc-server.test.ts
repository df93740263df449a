import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { requestStatus } from '../../src/rpc/admin-client.ts';
import { registerAdminService } from '../../src/rpc/admin-service.ts';
import { RpcServer } from '../../src/rpc/rpc-server.ts';
import { eventually } from '../eventually.ts';
import { noInspection } from './no-inspection.ts';

let server: RpcServer;
let port: number;

beforeEach(async () => {
  server = new RpcServer({ maxConnections: 3 });
  registerAdminService(server, {
    report: () => ({}) as never,
    transferLeadership: async () => '',
    saveSnapshot: () => ({}) as never,
    settings: () => ({}) as never,
    changeSettings: async () => ({}) as never,
    changeMembers: async () => 0,
    inspection: noInspection,
  });
  port = await server.listen('127.0.0.1', 0);
});

afterEach(() => server.destroy());

function dial(): { readonly socket: Socket; readonly closed: () => boolean } {
  let closed = false;
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.on('close', () => {
    closed = true;
  });
  socket.resume();
  return { socket, closed: () => closed };
}

const answers = () => requestStatus(`127.0.0.1:${port}`, { timeoutMs: 2_000 });

test('a port in use is told by its system error', async () => {
  const second = new RpcServer({ maxConnections: 1 });
  await expect(second.listen('127.0.0.1', port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

test('bytes that are no HTTP/2 end their connection, and no other', async () => {
  const { socket, closed } = dial();
  socket.write('GET / HTTP/1.1\r\nHost: somewhere\r\n\r\n');
  await eventually(() => expect(closed()).toBe(true));
  await expect(answers()).resolves.toBeDefined();
});

test('connections past the bound are closed; those within it stay', async () => {
  const within = [dial(), dial(), dial()];
  await eventually(() => expect(server.connections).toBe(3));
  const past = dial();
  await eventually(() => expect(past.closed()).toBe(true));
  expect(within.map(({ closed }) => closed())).toEqual([false, false, false]);
});

test('when it stops accepting, open connections go on; when it is destroyed, they are cut at once', async () => {
  const { closed } = dial();
  await eventually(() => expect(server.connections).toBe(1));
  server.stopAccepting();
  const late = dial();
  await eventually(() => expect(late.closed()).toBe(true));
  expect(closed()).toBe(false);
  server.destroy();
  await eventually(() => expect(closed()).toBe(true));
  expect(server.connections).toBe(0);
});
