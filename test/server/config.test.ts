import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { type RawSettings, resolveConfig, settingNames, variableOf } from '../../src/server/config.ts';
import { readConfigFile } from '../../src/server/config-file.ts';
import { ServerError } from '../../src/server/server-error.ts';

const needed = {
  id: 'n1',
  dataDir: '/data',
  listen: '127.0.0.1:7101',
  http: '127.0.0.1:7181',
  initial: 'n1=127.0.0.1:7101,n2=127.0.0.1:7102',
};

function membersText(count: number): string {
  return Array.from({ length: count }, (_, index) => `n${index + 1}=127.0.0.1:${7101 + index}`).join(',');
}

function refusal(settings: RawSettings): ServerError {
  try {
    resolveConfig({ flags: { ...needed, ...settings } });
  } catch (error) {
    if (error instanceof ServerError) return error;
    throw error;
  }
  throw new Error('the settings were taken');
}

test('flags go before the environment, that before the file, that before the defaults', () => {
  const file = { ...needed, leaseMs: 300, heartbeatMs: 60, logLevel: 'warn' };
  const environment = { CONCLAVE_LEASE_MS: '400', CONCLAVE_HEARTBEAT_MS: '70', HOME: '/root' };
  const config = resolveConfig({ file, environment, flags: { leaseMs: '500', logLevel: undefined } });
  expect(config).toMatchObject({ leaseMs: 500, heartbeatMs: 70, logLevel: 'warn', clockDriftPermille: 100 });
});

test('everything can be said in the environment', () => {
  const said = { ...needed, clusterName: 'blue', insecure: 'true', leases: 'false', silenceMsLow: '700' };
  const environment = Object.fromEntries(Object.entries(said).map(([name, value]) => [variableOf(name), value]));
  expect(environment['CONCLAVE_DATA_DIR']).toBe('/data');
  const config = resolveConfig({ environment });
  expect(config).toMatchObject({
    dataDir: '/data',
    clusterName: 'blue',
    insecure: true,
    leases: false,
    silenceMsLow: 700,
  });
});

test('members are sorted by id, and hosts may be names or IPv6', () => {
  const config = resolveConfig({ flags: { ...needed, initial: 'n2=[::1]:7102, n1=localhost:7101' } });
  expect(config.initial).toEqual([
    { nodeId: 'n1', address: 'localhost:7101' },
    { nodeId: 'n2', address: '[::1]:7102' },
  ]);
});

test('others are dialled under their address unless told otherwise', () => {
  expect(resolveConfig({ flags: needed }).dial).toEqual([]);
  const config = resolveConfig({ flags: { ...needed, dial: 'n2=127.0.0.1:9102' } });
  expect(config.dial).toEqual([{ nodeId: 'n2', address: '127.0.0.1:9102' }]);
  expect(config.initial[1]).toEqual({ nodeId: 'n2', address: '127.0.0.1:7102' });
});

test('those who come later may be dialled elsewhere, too, and a node that joins may know more members than found a cluster', () => {
  expect(resolveConfig({ flags: { ...needed, dial: 'n9=a:1' } }).dial).toEqual([{ nodeId: 'n9', address: 'a:1' }]);
  expect(resolveConfig({ flags: { ...needed, join: true, initial: membersText(9) } }).initial).toHaveLength(9);
});

test.each(['0', '500', 0, 500])('a number is a number or its digits: %j', (clockDriftPermille) => {
  const config = resolveConfig({ flags: { ...needed, clockDriftPermille } });
  expect(config.clockDriftPermille).toBe(Number(clockDriftPermille));
});

describe('a setting that cannot be is refused by its name and origin', () => {
  test.each<[string, RawSettings, RegExp]>([
    ['unknown', { lisen: 'x' }, /option lisen is no setting/],
    ['missing', { id: undefined }, /id is missing: give it as a flag, as CONCLAVE_ID, or as "id" in the file/],
    ['not an address', { listen: '7101' }, /option listen must be HOST:PORT/],
    ['not a number', { leaseMs: 'soon' }, /option leaseMs /],
    ['out of range', { clockDriftPermille: 900 }, /option clockDriftPermille /],
    ['not true or false', { insecure: 'maybe' }, /option insecure /],
    ['not a level', { logLevel: 'loud' }, /option logLevel /],
    ['not a member list', { initial: 'n1' }, /option initial 'n1' is not ID=HOST:PORT/],
    ['a member twice', { initial: 'n1=a:1,n1=b:2' }, /option initial names a node twice/],
    ['an address twice', { initial: 'n1=a:1,n2=a:1' }, /option initial names an address twice/],
    ['more than an address', { initial: 'n1=a:1=b' }, /option initial 'n1=a:1=b' is not ID=HOST:PORT/],
    ['a member at port 0', { initial: 'n1=a:0' }, /option initial 'n1=a:0' has port 0, which nobody can dial/],
    ['more than an address to dial', { dial: 'n2=a:1=b' }, /option dial 'n2=a:1=b' is not ID=HOST:PORT/],
    ['port 0 to dial', { dial: 'n2=a:0' }, /option dial 'n2=a:0' has port 0, which nobody can dial/],
    ['no address to dial', { dial: 'n2' }, /option dial 'n2' is not ID=HOST:PORT/],
    ['an address to dial for two', { dial: 'n1=a:1,n2=a:1' }, /option dial names an address twice/],
    ['itself to dial', { dial: 'n1=a:1' }, /option dial names this node itself, n1/],
    [
      'nobody to join',
      { join: true, initial: 'n1=a:1' },
      /option initial names nobody but n1: with join, .* a member, too/,
    ],
    ['too many to found a cluster', { initial: membersText(8) }, /option initial names more than 7 members/],
    ['too many to join', { join: true, initial: membersText(10) }, /option initial names more than 9 members/],
    ['not among the members', { id: 'n9' }, /option initial does not name this node, n9/],
    ['a silence shorter than two heartbeats', { heartbeatMs: 400 }, /silenceMsLow must be at least twice heartbeatMs/],
    [
      'a lease shorter than a heartbeat',
      { leaseMs: 50, heartbeatMs: 60 },
      /option leaseMs must be more than heartbeatMs/,
    ],
  ])('%s', (_, settings, message) => {
    const error = refusal(settings);
    expect(error.code).toBe('INVALID_CONFIG');
    expect(error.message).toMatch(message);
  });

  test.each(['', ' ', ' 50', '-1', '5e1', '0x50', '50.5', 50.5, -1, 501, null, false, true, [], [50], {}])(
    'what is no number is not taken for one: %j',
    (clockDriftPermille) => {
      const error = refusal({ clockDriftPermille });
      expect(error.code).toBe('INVALID_CONFIG');
      expect(error.message).toBe('option clockDriftPermille must be a whole number from 0 to 500');
    },
  );

  test('in the environment and in the file, too', () => {
    const take = (sources: Parameters<typeof resolveConfig>[0]) => () => resolveConfig({ ...sources, flags: needed });
    expect(take({ environment: { CONCLAVE_LISEN: 'x' } })).toThrow(/CONCLAVE_LISEN is no setting/);
    expect(take({ environment: { CONCLAVE_LEASE_MS: '-1' } })).toThrow(/^CONCLAVE_LEASE_MS /);
    expect(take({ file: { lease_ms: 5 } })).toThrow(/"lease_ms" in the configuration file is no setting/);
  });

  test('under the name of its flag, if that has another', () => {
    const flagOf = (name: string): string => (name === 'dataDir' ? '--data' : `--${name}`);
    const refused = (flags: RawSettings) => () => resolveConfig({ flagOf, flags: { ...needed, ...flags } });
    expect(refused({ leaseMs: 'soon' })).toThrow(/^option --leaseMs /);
    const missing = '--data is missing: give it as a flag, as CONCLAVE_DATA_DIR, or as "dataDir" in the file';
    expect(refused({ dataDir: undefined })).toThrow(missing);
  });

  test('but variables of the client are none of its business', () => {
    const environment = { CONCLAVE_ENDPOINTS: '127.0.0.1:1', CONCLAVE_LEASE_MS: '' };
    expect(resolveConfig({ environment, flags: needed }).leaseMs).toBe(200);
  });
});

describe('an address that other machines can reach', () => {
  test.each([
    ['listen', '0.0.0.0:7101'],
    ['listen', '[::]:7101'],
    ['http', '10.0.0.1:7181'],
    ['http', 'example.com:7181'],
  ])('is refused for %s %s without insecure', (setting, address) => {
    expect(refusal({ [setting]: address })).toMatchObject({ code: 'INSECURE_ADDRESS' });
    expect(() => resolveConfig({ flags: { ...needed, [setting]: address, insecure: true } })).not.toThrow();
  });

  test.each(['127.0.0.1:1', '127.8.8.8:1', 'localhost:1', '[::1]:1'])('%s is none', (listen) => {
    expect(resolveConfig({ flags: { ...needed, listen } }).listen).toBe(listen);
  });
});

test('the file is a JSON object, or the reason why not is told', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'conclave-config-'));
  try {
    const file = path.join(directory, 'node.json');
    await writeFile(file, JSON.stringify(needed));
    expect(resolveConfig({ file: await readConfigFile(file) }).id).toBe('n1');
    await writeFile(file, '[1]');
    await expect(readConfigFile(file)).rejects.toMatchObject({ code: 'CONFIG_NOT_READABLE' });
    await writeFile(file, '{');
    await expect(readConfigFile(file)).rejects.toThrow(file);
    await expect(readConfigFile(`${file}.not`)).rejects.toThrow(/ENOENT/);
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('every setting has a variable of its own', () => {
  expect(new Set(settingNames.map(variableOf)).size).toBe(settingNames.length);
});
