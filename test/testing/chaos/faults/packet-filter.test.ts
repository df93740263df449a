import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { detectMeans } from '../../../../src/testing/chaos/faults/means.ts';
import { PacketFilter, rulesText } from '../../../../src/testing/chaos/faults/packet-filter.ts';
import { waitFor } from '../../../../src/testing/cluster/wait-for.ts';

test('a rule concerns packets to the ports, from them, or both', () => {
  const text = (way: 'there' | 'back' | 'both') => rulesText([{ ports: [7101, 7102], way, lossPercent: 30 }]);
  const there = 'iifname "lo" tcp dport { 7101, 7102 } numgen random mod 100 < 30 counter drop';
  const back = there.replace('dport', 'sport');
  expect([text('there').includes(there), text('there').includes(back)]).toEqual([true, false]);
  expect([text('back').includes(there), text('back').includes(back)]).toEqual([false, true]);
  expect([text('both').includes(there), text('both').includes(back)]).toEqual([true, true]);
});

test('a program that is not there is told', async () => {
  const rules = [{ ports: [1], way: 'both', lossPercent: 1 }] as const;
  await expect(PacketFilter.load('/nonexistent/nft', rules)).rejects.toMatchObject({ code: 'ENOENT' });
});

const waiting = { timeoutMs: 10_000 };
const { nftables } = await detectMeans();

test.runIf(nftables.available)('what is dropped is counted, and comes once nothing is dropped any more', async () => {
  const received: string[] = [];
  const server = createServer((socket) => socket.on('data', (data) => received.push(data.toString())));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const program = nftables.available ? nftables.path : '';
  const filter = await PacketFilter.load(program, [{ ports: [port], way: 'there', lossPercent: 100 }]);
  try {
    socket.write('late');
    await waitFor('packets to be dropped', async () => (await filter.dropped()) > 0, waiting);
    expect(received).toEqual([]);
  } finally {
    await filter.remove();
  }
  await waitFor('what was dropped', () => received.includes('late'), waiting);
  socket.destroy();
  server.close();
});
