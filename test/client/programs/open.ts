import { connect } from '../../../src/client/index.ts';

const client = await connect({ endpoints: [process.argv[2] ?? ''] });
// Such a timer fires only if something else keeps the process alive.
setTimeout(() => {
  process.stdout.write('alive\n');
  void client.close();
}, 100).unref();
