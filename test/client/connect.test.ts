import { expect, onTestFinished, test, vi } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { rejection, startNode } from './support.ts';

test('connecting goes on with the next endpoint', async () => {
  const node = await startNode();
  const client = await connect({ endpoints: ['127.0.0.1:1', '127.0.0.1:2', node.address] });
  expect(client.state).toEqual({ type: 'connected', endpoint: node.address });
  await client.close();
});

test('if no node can be reached, the error tells why, endpoint by endpoint', async () => {
  const error = await rejection(connect({ endpoints: ['127.0.0.1:1', '127.0.0.1:2'], timeoutMs: 300 }));
  expect(error).toMatchObject({ code: 'UNAVAILABLE', retryable: true, outcome: 'not-applied' });
  expect(error.endpoints).toEqual([
    { endpoint: '127.0.0.1:1', reason: 'connection refused' },
    { endpoint: '127.0.0.1:2', reason: 'connection refused' },
  ]);
  expect(error.message).toContain('127.0.0.1:1 (connection refused)');
});

test('a host that nobody knows is told as such, or that the name server has not answered', async () => {
  const error = await rejection(connect({ endpoints: ['no-such-host.invalid:2'], timeoutMs: 300 }));
  expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'not-applied' });
  expect(error.endpoints).toEqual([
    { endpoint: 'no-such-host.invalid:2', reason: expect.stringMatching(/host not found|no answer yet|no welcome/) },
  ]);
});

test('a server that is none of ours is told from one that is not there', async () => {
  const { createServer } = await import('node:http');
  const server = createServer((_request, response) => response.end('hello'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const error = await rejection(connect({ endpoints: [`127.0.0.1:${port}`], timeoutMs: 300 }));
  expect(error.code).toBe('UNAVAILABLE');
  expect(error.endpoints?.[0]?.reason).not.toBe('connection refused');
});

test('connecting can be aborted', async () => {
  const controller = new AbortController();
  const connecting = rejection(connect({ endpoints: ['127.0.0.1:1'], signal: controller.signal }));
  controller.abort();
  expect(await connecting).toMatchObject({ name: 'AbortError', code: 'ABORTED' });
});

test('the endpoints may come from the environment', async () => {
  const node = await startNode();
  vi.stubEnv('CONCLAVE_ENDPOINTS', ` 127.0.0.1:1, ${node.address} `);
  onTestFinished(() => void vi.unstubAllEnvs());
  const client = await connect();
  expect(client.state).toMatchObject({ endpoint: node.address });
  await client.close();
  vi.stubEnv('CONCLAVE_ENDPOINTS', 'nonsense');
  expect(await rejection(connect())).toMatchObject({ code: 'INVALID_ARGUMENT' });
});

test.each([
  ['no endpoint', { endpoints: [] }],
  ['no port', { endpoints: ['localhost'] }],
  ['port 0', { endpoints: ['localhost:0'] }],
  ['a URL', { endpoints: ['http://localhost:7101'] }],
  ['no array', { endpoints: 'localhost:7101' as never }],
  ['a short time to live', { session: { ttlMs: 99 } }],
  ['a long time to live', { session: { ttlMs: 86_400_001 } }],
  ['a long name', { session: { name: 'n'.repeat(4_097) } }],
  ['half a millisecond', { session: { ttlMs: 1_000.5 } }],
  ['metadata of another type', { session: { metadata: 'm' as never } }],
  ['a list for metadata', { session: { metadata: ['m'] as never } }],
  ['a number in metadata', { session: { metadata: { pid: 7 as never } } }],
  ['too much metadata', { session: { metadata: { m: 'é'.repeat(2_048) } } }],
  ['no credentials', { session: { resume: 'nonsense' } }],
  ['credentials of another type', { session: { resume: 7 as never } }],
  ['a short secret', { session: { resume: '7.1.00ff' } }],
  ['another way of failing to resume', { session: { onResumeFailure: 'explode' as never } }],
  ['another way of expiring', { session: { onExpiry: 'explode' as never } }],
  ['no number', { timeoutMs: '5' as never }],
  ['no time', { timeoutMs: 0 }],
  ['no signal', { signal: {} as never }],
  ['no options', 'options' as never],
])('refused: %s', async (_what, options) => {
  expect(await rejection(connect(options))).toMatchObject({ code: 'INVALID_ARGUMENT', outcome: 'not-applied' });
});

test('an IPv6 endpoint stands in brackets', async () => {
  const error = await rejection(connect({ endpoints: ['[::1]:1'], timeoutMs: 50 }));
  expect(error.code).toBe('UNAVAILABLE');
});
