import { spawn } from 'node:child_process';

/** What a load writes to its standard error, a line by itself, when its warm-up is over. */
export const measuringLine = 'measuring';

/** What a program printed. Rejects with its errors if it ends otherwise than with 0. */
export function runProgram(
  program: string,
  words: readonly string[],
  { environment = {}, onMeasuring }: { environment?: NodeJS.ProcessEnv; onMeasuring?: (() => void) | undefined } = {},
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
      const wasMeasuring = isMeasuring(output.stderr);
      output.stderr += data.toString();
      if (!wasMeasuring && isMeasuring(output.stderr)) onMeasuring?.();
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve(output.stdout);
      else reject(new Error(`${program} ended with ${signal ?? code}: ${output.stderr}`));
    });
  });
}

function isMeasuring(errors: string): boolean {
  return errors.split('\n').includes(measuringLine);
}
