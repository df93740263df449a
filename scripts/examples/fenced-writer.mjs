// Writers of one store. The first is paused for longer than its lock lasts, wakes up and writes: the store refuses it. The second is
// killed, and a third goes on.
// usage: npm start in another terminal, then: node scripts/examples/fenced-writer.mjs
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { connect, FencedResource, oneAtATime } from 'conclave';
import { Level } from 'level';

const lockName = 'examples/report';

/** The store, on LevelDB and behind HTTP: it compares tokens in the transaction that writes. */
async function openStore(directory) {
  const database = new Level(directory);
  const store = oneAtATime({
    async transaction(work) {
      const operations = [];
      await work(operations);
      await database.batch(operations, { sync: true });
    },
    async raiseToken(operations, resource, token) {
      const key = `fencing-token/${resource}`;
      const highest = Math.max(token, Number((await database.get(key)) ?? 0));
      operations.push({ type: 'put', key, value: String(highest) });
      return highest;
    },
  });
  const report = new FencedResource(lockName, store);
  const server = createServer(async (request, response) => {
    const value = await text(request);
    const token = Number(new URL(request.url, 'http://localhost').searchParams.get('token'));
    const written = report.write(token, (operations) => operations.push({ type: 'put', key: 'report', value }));
    response.end(
      await written.then(
        () => 'written',
        ({ code }) => code,
      ),
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { server, database, url: `http://127.0.0.1:${server.address().port}/` };
}

/** A process of its own. It writes when it is told to, and asks nobody whether it still holds the lock. */
async function writer(url) {
  const client = await connect({ session: { ttlMs: 3_000 } });
  const lock = await client.lock(lockName);
  process.send('holds');
  for (;;) {
    const [line] = await once(process, 'message');
    const response = await fetch(`${url}?token=${lock.token}`, { method: 'POST', body: line });
    process.send(await response.text());
  }
}

async function main() {
  const directory = await mkdtemp(path.join(tmpdir(), 'conclave-example-'));
  const { server, database, url } = await openStore(directory);
  const first = fork(import.meta.filename, [url]);
  const said = async (child) => (await once(child, 'message'))[0];
  const write = async (child, line) => {
    child.send(line);
    return await said(child);
  };
  await said(first);
  console.log(`the first writes: ${await write(first, 'the first half')}`);
  first.kill('SIGSTOP');
  const second = fork(import.meta.filename, [url]);
  await said(second);
  console.log(`it is paused, and the second writes: ${await write(second, 'all of it')}`);
  const late = write(first, 'the second half');
  first.kill('SIGCONT');
  console.log(`the first wakes up and writes: ${await late}`);
  second.kill('SIGKILL');
  const third = fork(import.meta.filename, [url]);
  await said(third);
  console.log(`the second is killed, and a third writes: ${await write(third, 'all of it, and more')}`);
  console.log(`stored: ${await database.get('report')}`);
  for (const child of [first, third]) child.kill('SIGKILL');
  server.close();
  await database.close();
  await rm(directory, { recursive: true });
}

await (process.argv[2] === undefined ? main() : writer(process.argv[2]));
