import { spawn } from 'node:child_process';

/** What a program printed. Rejects with its errors if it ends otherwise than with 0. */
export function runProgram(
  program: string,
  words: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    });
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (data: Buffer) => {
      output.stdout += data.toString();
    });
    child.stderr.on('data', (data: Buffer) => {
      output.stderr += data.toString();
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve(output.stdout);
      else reject(new Error(`${program} ended with ${signal ?? code}: ${output.stderr}`));
    });
  });
}
