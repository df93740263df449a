import { canary } from './canary.ts';
import { checkpointMutants } from './checkpoint-mutants.ts';
import { clientMutants } from './client-mutants.ts';
import { consensusMutants } from './consensus-mutants.ts';
import { determinismMutants } from './determinism-mutants.ts';
import { directoryMutants } from './directory-mutants.ts';
import { exactlyOnceMutants } from './exactly-once-mutants.ts';
import { keyspaceMutants } from './keyspace-mutants.ts';
import { leaseMutants } from './lease-mutants.ts';
import { limitMutants } from './limit-mutants.ts';
import { livenessMutants } from './liveness-mutants.ts';
import { lockModeMutants } from './lock-mode-mutants.ts';
import { lockMutants } from './lock-mutants.ts';
import { membershipMutants } from './membership-mutants.ts';
import type { Mutant } from './mutant.ts';
import { objectWatchMutants } from './object-watch-mutants.ts';
import { quotaMutants } from './quota-mutants.ts';
import { readMutants } from './read-mutants.ts';
import { resumeMutants } from './resume-mutants.ts';
import { sessionMutants } from './session-mutants.ts';
import { slabMutants } from './slab-mutants.ts';
import { storageMutants } from './storage-mutants.ts';
import { watchMutants } from './watch-mutants.ts';

/** Every planted bug that the simulator must find. The canary comes first: if it is not found, nothing else counts. */
export const mutants: readonly Mutant[] = [
  canary,
  ...consensusMutants,
  ...storageMutants,
  ...directoryMutants,
  ...checkpointMutants,
  ...membershipMutants,
  ...slabMutants,
  ...leaseMutants,
  ...readMutants,
  ...sessionMutants,
  ...resumeMutants,
  ...exactlyOnceMutants,
  ...keyspaceMutants,
  ...lockMutants,
  ...lockModeMutants,
  ...watchMutants,
  ...objectWatchMutants,
  ...clientMutants,
  ...livenessMutants,
  ...limitMutants,
  ...quotaMutants,
  ...determinismMutants,
];
