import { levelError } from '../replica/feature-gate.ts';
import { replicaLimits } from '../replica/limits.ts';
import type { Replica } from '../replica/replica.ts';
import type { SettingChange, SettingsReport } from '../rpc/admin-definition.ts';
import { AdminRefusal } from '../rpc/admin-service.ts';
import { defaultQuotaBytes, type SettingName, type Settings } from '../wire/settings.ts';
import type { Driver } from './driver.ts';
import { knownLeader } from './node-view.ts';
import { waitUntil } from './wait.ts';

/** As long as a leader without a quorum takes to step down, and some more. */
const changeMs = 4_000;

const mebibyte = 1024 * 1024;
const gibibyte = 1024 * mebibyte;

interface SettingRule {
  readonly low: number;
  readonly high: number;
  /** What 0 means. */
  readonly shipped: () => number;
}

/** What there may be of versions has to fit into the names of their slots, on all nodes alike: see `SlabStore`. */
const rules: { readonly [Name in SettingName]: SettingRule } = {
  quotaBytes: { low: mebibyte, high: 4 * gibibyte, shipped: () => defaultQuotaBytes },
  historyRevisions: { low: 1, high: 1_000_000_000, shipped: () => replicaLimits.historyRevisions },
  historyBytes: { low: 64 * 1024, high: gibibyte, shipped: () => replicaLimits.historyBytes },
};

const names = Object.keys(rules) as readonly SettingName[];

/** As this node has applied them. */
export function settingsReport({ machine, paxos }: Replica): SettingsReport {
  const { settings, featureLevel, residentBytes } = machine.governance;
  return {
    featureLevel,
    commonLevel: paxos.serving ? paxos.commonLevel : 0,
    version: settings.version,
    residentBytes: residentBytes.total,
    settings: names.map((name) => ({
      name,
      value: settings[name] || rules[name].shipped(),
      isDefault: settings[name] === 0,
    })),
  };
}

/**
 * Changes some settings and resolves with all of them, once they are in force.
 *
 * @throws AdminRefusal INVALID_ARGUMENT, NOT_LEADER, UNSUPPORTED, CONFLICT, TIMEOUT
 */
export async function changeSettings(
  replica: Replica,
  driver: Driver,
  changes: readonly SettingChange[],
): Promise<SettingsReport> {
  const { machine, paxos } = replica;
  const self = replica.status().nodeId;
  const changed: Partial<Record<SettingName, number>> = {};
  for (const change of changes) changed[nameOf(change)] = change.value;
  if (!paxos.serving) {
    const leader = knownLeader(replica);
    throw new AdminRefusal('NOT_LEADER', `${self} does not lead${leader === '' ? '' : `: ask ${leader}`}`);
  }
  const before = machine.governance.settings;
  const settings: Settings = { ...before, ...changed };
  const error = levelError(machine, { kind: 'changeSettings', ...settings });
  if (error !== undefined) throw new AdminRefusal('UNSUPPORTED', error.message);
  driver.give({ type: 'changeSettings', settings }, 'control');
  if (!(await waitUntil(() => machine.governance.settings.version > before.version, changeMs))) {
    throw new AdminRefusal('TIMEOUT', 'the change was not chosen in time; it may still take effect');
  }
  const after = machine.governance.settings;
  if (names.some((name) => after[name] !== settings[name])) {
    throw new AdminRefusal('CONFLICT', 'others have changed the settings at the same time: look, and try again');
  }
  return settingsReport(replica);
}

function nameOf({ name, value }: SettingChange): SettingName {
  const found = names.find((known) => known === name);
  if (found === undefined) {
    throw new AdminRefusal('INVALID_ARGUMENT', `${name} is no setting: there are ${names.join(', ')}`);
  }
  const { low, high } = rules[found];
  if (value === 0 || (value >= low && value <= high)) return found;
  throw new AdminRefusal('INVALID_ARGUMENT', `${found} is from ${low} to ${high}, or the default; not ${value}`);
}
