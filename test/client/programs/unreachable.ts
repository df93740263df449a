import { connect } from '../../../src/client/index.ts';

// Nobody listens there: the error is all that is left.
await connect({ endpoints: ['127.0.0.1:1', '127.0.0.1:2'], timeoutMs: 200 }).catch(
  (error: { readonly code: string }) => {
    process.stdout.write(`${error.code}\n`);
  },
);
