/**
 * For those who want to see for themselves: a cluster for the tests of their own programs, the simulated cluster, and the checkers
 * that judge what clients saw.
 *
 * @packageDocumentation
 */
export { checkCounters } from './checkers/counters.ts';
export { crossCheck, crossCheckUndecided } from './checkers/cross-check/cross-check.ts';
export {
  EventHistoryError,
  formatHistory,
  type HistoryLine,
  parseHistory,
  parseHistoryLine,
} from './checkers/event-history.ts';
export { type EventReport, type EventReportOptions, judgeEvents } from './checkers/event-report.ts';
export { checkExactlyOnce } from './checkers/exactly-once.ts';
export type {
  FencedWrite,
  Finding,
  GrantRecord,
  History,
  HoldRecord,
  OperationOutcome,
  OperationRecord,
  SessionRecord,
  WatchDelivery,
  WatchedEvent,
  WatchRecord,
} from './checkers/history.ts';
export { checkLinearizability } from './checkers/linearizability.ts';
export { checkFencing, checkGrants, checkMutualExclusion, checkTokens, promisedHolds } from './checkers/locks.ts';
export type { ReferenceLog } from './checkers/reference-log.ts';
export { ReferenceModel } from './checkers/reference-model.ts';
export { checkEndsAreFinal, checkSessions, measureSessions } from './checkers/sessions.ts';
export { checkWatches } from './checkers/watches.ts';
export type { Flapping } from './cluster/flapping.ts';
export type { DirectionCounters, LinkDirection, LinkSpeed, LinkState } from './cluster/link-direction.ts';
export type { LinkCounters, LinkProxy } from './cluster/link-proxy.ts';
export type { Mesh } from './cluster/mesh.ts';
export type { ProcessExit, ProcessNode } from './cluster/process-node.ts';
export { TestCluster } from './cluster/test-cluster.ts';
export type { TestClusterOptions, TestClusterSettings, TestConnectOptions } from './cluster/test-cluster-options.ts';
export type { TestNode } from './cluster/test-node.ts';
export type { ScheduledCall } from './simulation/clients/workload.ts';
export {
  type ConfigOverrides,
  type OperationKind,
  operationKinds,
  type SimulationConfig,
} from './simulation/config.ts';
export { type CoverageMarker, coverageMarkers } from './simulation/coverage.ts';
export { missingMarkers, overdueMarkers } from './simulation/coverage-rates.ts';
export { checkRepeatable } from './simulation/determinism.ts';
export { type FaultKind, faultKinds } from './simulation/faults/fault-kinds.ts';
export type { ScheduledFault } from './simulation/faults/schedule.ts';
export { formatPlanFile, InvalidPlanFile, type PlanFile, parsePlanFile } from './simulation/plan-file.ts';
export { drawPlan, largestSeed, type PlanItems, type RunPlan } from './simulation/run-plan.ts';
export {
  leastEvents,
  type RunOptions,
  runPlan,
  runSimulation,
  type SimulationOptions,
  type SimulationReport,
  type Violation,
} from './simulation/run-simulation.ts';
export { ddmin } from './simulation/shrinking/ddmin.ts';
export { type PlanOracle, type ShrinkOptions, shrinkPlan } from './simulation/shrinking/shrink-plan.ts';
export { type SweepFailure, type SweepResult, type SweepTask, sweep } from './simulation/sweep.ts';
