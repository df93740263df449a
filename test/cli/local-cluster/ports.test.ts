import { createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { layOutCluster } from '../../../src/cli/local-cluster/layout.ts';
import { checkPorts } from '../../../src/cli/local-cluster/ports.ts';
import { freeBasePort } from '../support.ts';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

function occupy(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    servers.push(server);
    server.listen(port, '127.0.0.1', resolve);
  });
}

test('free ports pass', async () => {
  await checkPorts(layOutCluster('/tmp/nowhere', await freeBasePort(), 3), true);
});

test('a taken port is named with the process that has it, and the way out', async () => {
  const cluster = layOutCluster('/tmp/nowhere', await freeBasePort(), 3);
  const [first, second] = [cluster.members[1]?.port ?? 0, cluster.members[0]?.httpPort ?? 0];
  await occupy(first);
  await occupy(second);
  await expect(checkPorts(cluster, true)).rejects.toMatchObject({
    code: 'PORT_IN_USE',
    message: expect.stringMatching(new RegExp(`^port ${first} is taken`)),
    details: [expect.stringMatching(new RegExp(`^port ${second} is taken`)), expect.stringContaining('--base-port')],
  });
});

test('the ports of a cluster that has been made are its own: the way out is a second one', async () => {
  const cluster = layOutCluster('/tmp/nowhere', await freeBasePort(), 1);
  await occupy(cluster.members[0]?.port ?? 0);
  const other = cluster.basePort + 200;
  await expect(checkPorts(cluster, false)).rejects.toMatchObject({
    details: [expect.stringContaining(`--base-port ${other} --data-dir /tmp/nowhere-${other}`)],
  });
});

test.runIf(process.platform === 'linux')('the process is named by its number and command', async () => {
  const cluster = layOutCluster('/tmp/nowhere', await freeBasePort(), 1);
  await occupy(cluster.members[0]?.port ?? 0);
  await expect(checkPorts(cluster, true)).rejects.toThrow(new RegExp(`process ${process.pid}: .*node`));
});
