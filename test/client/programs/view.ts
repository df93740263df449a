import { connect } from '../../../src/client/index.ts';

// Closes the client, or the view and the client, while somebody waits for changes, and does nothing more.
const client = await connect({ endpoints: [process.argv[2] ?? ''] });
const view = await client.view({ prefix: '' });
const loop = (async () => {
  for await (const _ of view.changes());
  return 'over';
})();
if (process.argv[3] === 'view') await view.close();
await client.close();
process.stdout.write(`${await loop} ${view.state}\n`);
