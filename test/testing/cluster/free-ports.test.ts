import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { freePorts } from '../../../src/testing/cluster/free-ports.ts';

test('free ports differ, are not given out again, and lie below those of outgoing connections', async () => {
  const ports = [...(await freePorts(20)), ...(await freePorts(20))];
  expect(new Set(ports).size).toBe(40);
  for (const port of ports) {
    expect(port).toBeGreaterThanOrEqual(10_000);
    expect(port).toBeLessThan(32_000);
  }
});

test('a port that somebody listens on is not free', async () => {
  const [port = 0] = await freePorts(1);
  const squatter = createServer().listen(port + 1, '127.0.0.1');
  // If it is taken already, so much the better.
  await once(squatter, 'listening').catch(() => undefined);
  try {
    expect(await freePorts(3)).not.toContain(port + 1);
  } finally {
    squatter.close();
  }
});
