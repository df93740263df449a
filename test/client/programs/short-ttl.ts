import { connect } from '../../../src/client/index.ts';

// Opens sessions that do not outlive a fail-over, and one that does; tells how often it was warned.
const endpoints = [process.argv[2] ?? ''];
const codes: (string | undefined)[] = [];
process.on('warning', (warning) => codes.push((warning as { readonly code?: string }).code));
for (const ttlMs of [1_000, 999, 999]) {
  const client = await connect({ endpoints, session: { ttlMs } });
  await client.close();
  await new Promise((resolve) => setImmediate(resolve));
  codes.push(String(ttlMs));
}
process.stdout.write(codes.join(' '));
