import { settingsFeatureLevel } from '../wire/feature-level.ts';
import { type ChangeSettings, defaultQuotaBytes, type Settings } from '../wire/settings.ts';
import type { ResidentBytes } from './resident-bytes.ts';
import type { State } from './state.ts';

/** What rules the state as a whole. It changes with the state: read it at once. */
export interface Governance {
  /** What the members have agreed to make use of. */
  readonly featureLevel: number;
  readonly settings: Settings;
  /** Infinite below the feature level that has quotas. */
  readonly quotaBytes: number;
  readonly residentBytes: Readonly<ResidentBytes>;
}

/** Older members do not know of quotas, and would go on where newer ones refuse: below its level there is none. */
export function quotaOf({ featureLevel, settings }: Pick<Governance, 'featureLevel' | 'settings'>): number {
  if (featureLevel < settingsFeatureLevel) return Number.POSITIVE_INFINITY;
  return settings.quotaBytes === 0 ? defaultQuotaBytes : settings.quotaBytes;
}

export function changeSettings(state: State, { kind: _, ...wanted }: ChangeSettings): void {
  if (state.featureLevel < settingsFeatureLevel || wanted.version !== state.settings.version) return;
  state.settings = { ...wanted, version: wanted.version + 1 };
}

export function raiseFeatureLevel(state: State, level: number): void {
  if (level > state.featureLevel) state.featureLevel = level;
}
