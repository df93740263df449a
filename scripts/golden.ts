import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { peerProtocol } from '../src/rpc/peer-codec.ts';
import { supportedFeatureLevel } from '../src/wire/feature-level.ts';
import { recordConversation } from './golden/conversation.ts';
import { writeDataDirectory } from './golden/data-directory.ts';

const golden = fileURLToPath(new URL('../test/golden/', import.meta.url));

/** What is there already was written by the version that it stands for, and cannot be made again. */
async function make(name: string, write: (target: string) => Promise<void>): Promise<void> {
  const target = path.join(golden, name);
  if (existsSync(target)) {
    console.log(`${name} is there, and stays as it is`);
    return;
  }
  await write(target);
  console.log(`${name} was made`);
}

async function writeJson(target: string, value: unknown): Promise<void> {
  await writeFile(target, `${JSON.stringify(value, undefined, 2)}\n`);
}

await mkdir(golden, { recursive: true });
for (let level = 1; level <= supportedFeatureLevel; level++) {
  await make(`data-of-level-${level}`, async (target) => {
    try {
      const content = await writeDataDirectory(path.join(target, 'directory'), level);
      await writeJson(path.join(target, 'content.json'), content);
    } catch (error) {
      await rm(target, { recursive: true, force: true });
      throw error;
    }
  });
}
await make(`conversation-of-protocol-${peerProtocol}.json`, (target) => writeJson(target, recordConversation()));
// The clients are left as they are: to close them would end the sessions that are to live on.
process.exit(0);
