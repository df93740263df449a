import type { Finding, OperationRecord } from './history.ts';
import { type AppliedOperation, acquisitionKey, type ReferenceLog } from './reference-log.ts';
import { describe, sameStructure } from './structural-equality.ts';

/**
 * How often each call took effect, counted over the whole log: once if it was answered, never if it was reported as not applied, at most
 * once if nobody knows. Each number of a session is taken at most once, whoever uses it. Sessions that are opened twice by one call are
 * allowed: the other one is an orphan, and expires.
 */
export function checkExactlyOnce(operations: readonly OperationRecord[], log: ReferenceLog): Finding[] {
  const findings: Finding[] = [];
  const effects = effectsByCommand(log.applied);
  for (const applied of effects.values()) {
    if (applied.length > 1) {
      const slots = applied.map(({ slot }) => slot).join(', ');
      findings.push({ check: 'exactly once', detail: `in slots ${slots}: ${describe(applied[0]?.operation)}` });
    }
  }
  for (const operation of operations) {
    const { command, outcome, body } = operation;
    if (command === undefined || outcome.kind === 'unknown') continue;
    const applied = effects.get(acquisitionKey(command.sessionId, command.sequence)) ?? [];
    const times = applied.filter((effect) => sameStructure(effect.operation.body, body)).length;
    const failed = applied.every(({ result }) => result.kind === 'error');
    if (outcome.kind === 'notApplied' && times > 0 && !failed) {
      findings.push({ check: 'honest failure', detail: `applied ${times} times: ${describe(operation)}` });
    }
    if (outcome.kind === 'done' && outcome.body.kind !== 'error' && times === 0) {
      findings.push({
        check: 'acknowledged is durable',
        detail: `answered, but never applied: ${describe(operation)}`,
      });
    }
  }
  return findings;
}

function effectsByCommand(applied: readonly AppliedOperation[]): ReadonlyMap<string, readonly AppliedOperation[]> {
  const effects = new Map<string, AppliedOperation[]>();
  for (const effect of applied) {
    const { command } = effect.operation;
    if (!effect.taken || command === undefined) continue;
    const key = acquisitionKey(command.sessionId, command.sequence);
    const known = effects.get(key);
    if (known === undefined) effects.set(key, [effect]);
    else known.push(effect);
  }
  return effects;
}
