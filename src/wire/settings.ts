/** What operators set for the whole cluster; part of the replicated state. 0: as it ships. */
export interface Settings {
  /** Raised by one by each change; 0: none was ever made. */
  readonly version: number;
  /** What the state may take, by the formula of the state machine; default 1 GiB. */
  readonly quotaBytes: number;
  /** So much history is kept for watches and old reads. */
  readonly historyRevisions: number;
  readonly historyBytes: number;
}

/** Those that an operator names. */
export type SettingName = Exclude<keyof Settings, 'version'>;

export const shippedSettings: Settings = { version: 0, quotaBytes: 0, historyRevisions: 0, historyBytes: 0 };

export const defaultQuotaBytes = 1024 * 1024 * 1024;

/** All of them take the place of all. Without effect if others have been made since `version`. */
export interface ChangeSettings extends Settings {
  readonly kind: 'changeSettings';
}

/** From then on, what belongs to the level may be proposed. Without effect if it is not higher. */
export interface RaiseFeatureLevel {
  readonly kind: 'raiseFeatureLevel';
  readonly level: number;
}
