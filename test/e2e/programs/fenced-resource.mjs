// What a lock protects, with a process and a disk of its own: PUT /?name=LOCK&token=TOKEN writes its body, GET / reads it.
// usage: node fenced-resource.mjs DIRECTORY LOCK
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { Level } from 'level';
import { FencedResource, oneAtATime } from '../../../dist/client/index.js';

const [directory, lockName] = process.argv.slice(2);
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
const resource = new FencedResource(lockName, store);

async function answer(request) {
  if (request.method === 'GET') return { value: await database.get('value') };
  const query = new URL(request.url, 'http://localhost').searchParams;
  const value = await text(request);
  const holder = { name: query.get('name'), token: Number(query.get('token')) };
  await resource.write(holder, (operations) => operations.push({ type: 'put', key: 'value', value }));
  return { written: value };
}

const server = createServer(async (request, response) => {
  const said = await answer(request).catch(({ code, outcome }) => ({ code, outcome }));
  response.end(JSON.stringify(said));
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ event: 'listening', port: server.address().port })}\n`);
});
