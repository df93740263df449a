import { spawn } from 'node:child_process';

export interface EndOfProcess {
  readonly output: string;
  /** `timeout`: it took too long and was ended. */
  readonly code: number | 'timeout';
}

/** Runs a TypeScript program in another directory, with its standard output for the caller alone. */
export function runNode(cwd: string, args: readonly string[], timeLimitMs: number): Promise<EndOfProcess> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', ...args], { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      child.kill('SIGKILL');
    }, timeLimitMs);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ output, code: isLate ? 'timeout' : (code ?? -1) });
    });
  });
}
