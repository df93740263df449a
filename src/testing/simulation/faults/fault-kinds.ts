import { clientFaults } from './client-faults.ts';
import { diskFaults } from './disk-faults.ts';
import type { FaultAction } from './fault-context.ts';
import { interruptions } from './interruptions.ts';
import { lossFaults } from './loss-faults.ts';
import { memberFaults } from './member-faults.ts';
import { networkFaults } from './network-faults.ts';
import { nodeFaults } from './node-faults.ts';

const survived = { ...nodeFaults, ...diskFaults, ...networkFaults, ...clientFaults };

const actions = { ...survived, ...lossFaults, ...memberFaults, ...interruptions };

export type FaultKind = keyof typeof actions;

export const faultActions: Readonly<Record<FaultKind, FaultAction>> = actions;

export const faultKinds = Object.keys(actions) as readonly FaultKind[];

/** Those that any node may meet, any number of times. */
export const survivedFaultKinds = Object.keys(survived) as readonly FaultKind[];

/** Of clusters that have nodes to spare. */
export const memberFaultKinds = Object.keys(memberFaults) as readonly (keyof typeof memberFaults)[];

/** Those that take a node out of the cluster for good. */
export const lossFaultKinds = Object.keys(lossFaults) as readonly (keyof typeof lossFaults)[];
