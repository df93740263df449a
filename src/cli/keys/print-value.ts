import { type OutputStream, write } from '../output.ts';

/** The bytes and nothing else, but for a newline on a terminal, so that the prompt begins a line of its own. */
export async function printValue(stdout: OutputStream, value: Uint8Array): Promise<void> {
  await write(stdout, value);
  if (stdout.isTTY === true) await write(stdout, '\n');
}
