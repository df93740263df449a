import type { NodeId } from '../wire/identifiers.ts';
import type { Greeting, GreetingAnswer } from './messages.ts';
import type { Incarnation } from './record.ts';
import type { PaxosState } from './state.ts';
import { paxosLimits } from './timing.ts';

/** It may be meant to be taken in: the newest few are remembered. */
export function noteStranger(
  state: PaxosState,
  from: NodeId,
  incarnation: Incarnation,
  { initial, supportedLevel }: Greeting,
  verdict: GreetingAnswer['verdict'],
): void {
  state.strangers.delete(from);
  if (!isStrange(verdict)) return;
  const address = initial.find(({ nodeId }) => nodeId === from)?.address ?? '';
  state.strangers.set(from, { incarnation, address, supportedLevel, heardAtMs: state.nowMs });
  for (const oldest of state.strangers.keys()) {
    if (state.strangers.size <= paxosLimits.strangers) return;
    state.strangers.delete(oldest);
  }
}

/** One that waits to be taken in greets again and again: whoever does not may have been taken in, and removed, meanwhile. */
export function forgetSilentStrangers({ strangers, nowMs, options }: PaxosState): void {
  for (const [nodeId, { heardAtMs }] of strangers) {
    if (nowMs > heardAtMs + 5 * options.timing.retryMsHigh) strangers.delete(nodeId);
  }
}

export function isStrange({ kind }: GreetingAnswer['verdict']): boolean {
  return kind === 'notAMember' || kind === 'strangeIncarnation';
}
