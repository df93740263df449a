import { createServer, type Server } from 'node:net';

/**
 * Below the ports from which Linux, macOS and Windows number outgoing connections: such a connection must not take the port of a
 * node that is down for a while.
 */
const lowestPort = 10_000;
const portCount = 22_000;
/** Processes that run at the same time begin far from each other. */
const stride = 100 * 61;

let offset = (process.pid * stride) % portCount;

/** Loopback ports that nobody listens on at this moment; none is given out twice until all others were. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers: Server[] = [];
  try {
    const ports: number[] = [];
    for (let tries = 0; ports.length < count && tries < portCount; tries += 1) {
      const port = lowestPort + offset;
      offset = (offset + 1) % portCount;
      const server = await listening(port);
      if (server === undefined) continue;
      servers.push(server);
      ports.push(port);
    }
    if (ports.length < count) throw new Error(`no ${count} free ports from ${lowestPort}`);
    return ports;
  } finally {
    for (const server of servers) server.close();
  }
}

/** Undefined if the port is taken. */
function listening(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
