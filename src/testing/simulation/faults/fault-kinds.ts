import { clientFaults } from './client-faults.ts';
import { diskFaults } from './disk-faults.ts';
import type { FaultAction } from './fault-context.ts';
import { networkFaults } from './network-faults.ts';
import { nodeFaults } from './node-faults.ts';

const actions = { ...nodeFaults, ...diskFaults, ...networkFaults, ...clientFaults };

export type FaultKind = keyof typeof actions;

export const faultActions: Readonly<Record<FaultKind, FaultAction>> = actions;

export const faultKinds = Object.keys(actions) as readonly FaultKind[];
