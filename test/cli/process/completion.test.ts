import { expect, test } from 'vitest';
import { entryPoint, startProgram } from '../support.ts';

const lines = [
  ['sn', 'snapshot'],
  ['member re', 'remove replace'],
  ['--endpoints 127.0.0.1:1 member remove --y', '--yes'],
  ['check --format na', 'nagios'],
  ['completion z', 'zsh'],
  // What comes after it is another program's.
  ['lock nightly -- mem', ''],
] as const;

test('bash sources what completion prints, and completes by it', async () => {
  const complete = lines.map(([line]) => `complete_line ${line}`).join('\n');
  const script = `set -eu
source <("${process.execPath}" "${entryPoint}" completion bash)
complete_line() {
  COMP_WORDS=(conclave "$@")
  COMP_CWORD=$#
  _conclave
  echo "\${COMPREPLY[*]-}"
}
${complete}
complete -p conclave`;
  const { exitCode, stdout, stderr } = await startProgram('bash', ['-c', script]).finished;
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(stdout.split('\n')).toEqual([
    ...lines.map(([, words]) => words),
    'complete -o default -F _conclave conclave',
    '',
  ]);
});

test('zsh gets a script of its own, and other shells none', async () => {
  const { exitCode, stdout } = await startProgram(process.execPath, [entryPoint, 'completion', 'zsh']).finished;
  expect([exitCode, stdout.split('\n')[0]]).toEqual([0, '#compdef conclave']);
  expect(stdout).toContain("'snapshot:");
});
