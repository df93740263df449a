import fs from 'node:fs';
import { createRequire, syncBuiltinESMExports } from 'node:module';

// Prints what importing the client has loaded or read that it must not.
const require = createRequire(import.meta.url);
const read: string[] = [];
const { readFileSync } = fs;
fs.readFileSync = ((file: fs.PathOrFileDescriptor, ...rest: []) => {
  read.push(String(file));
  return readFileSync(file, ...rest);
}) as typeof fs.readFileSync;
syncBuiltinESMExports();
await import('../../../src/client/index.ts');
const loaded = [...Object.keys(require.cache), ...read];
const unwanted = loaded.filter((file) =>
  /\.node$|\.proto$|leveldb|[\\/](?:level|classic-level|abstract-level|pino|zod)[\\/]/.test(file),
);
process.stdout.write(`${JSON.stringify({ unwanted, grpc: loaded.some((file) => file.includes('grpc-js')) })}\n`);
