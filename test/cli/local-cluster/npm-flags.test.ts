import { expect, test } from 'vitest';
import { refuseSwallowedFlags } from '../../../src/cli/local-cluster/npm-flags.ts';

const npmStart = { npm_lifecycle_event: 'start', npm_package_name: 'conclave' };

test.each([
  ['npm start --fresh', { npm_config_fresh: 'true' }, [], 'npm start -- --fresh'],
  ['npm start --json', { npm_config_json: 'true' }, [], 'npm start -- --json'],
  ['npm start --no-restart', { npm_config_restart: '' }, [], 'npm start -- --no-restart'],
  ['npm start --base-port=7301', { npm_config_base_port: '7301' }, [], 'npm start -- --base-port 7301'],
  ['npm start --base-port 7301', { npm_config_base_port: 'true' }, ['7301'], 'npm start -- --base-port 7301'],
  [
    'npm start --fresh --nodes 5',
    { npm_config_fresh: 'true', npm_config_nodes: 'true' },
    ['5'],
    'npm start -- --fresh --nodes 5',
  ],
])('%s is refused with the right spelling', (_, swallowed, words, spelling) => {
  expect(() => refuseSwallowedFlags({ ...npmStart, ...swallowed }, words)).toThrow(new RegExp(`${spelling}$`));
});

test('npm start -- --fresh is not', () => {
  expect(() => refuseSwallowedFlags(npmStart, [])).not.toThrow();
});

test("nor is what some other program's npm has set", () => {
  const environment = { npm_lifecycle_event: 'start', npm_package_name: 'other', npm_config_fresh: 'true' };
  expect(() => refuseSwallowedFlags(environment, [])).not.toThrow();
});
