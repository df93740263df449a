import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { SignalRelay } from '../../../src/cli/lock/signal-relay.ts';

const all = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;

function relayTo(stdinIsTerminal: boolean) {
  const source = new EventEmitter();
  const relay = new SignalRelay(source, { stdinIsTerminal });
  const sent: string[] = [];
  const target = { kill: (signal: string) => sent.push(signal) };
  const raise = (signal: string) => source.emit(signal, signal);
  return { source, relay, sent, target, raise };
}

test.each(all)('before a child runs, %s ends the wait, and the first one counts', (signal) => {
  const { relay, raise } = relayTo(true);
  expect(relay.waitSignal.aborted).toBe(false);
  raise(signal);
  raise('SIGTERM');
  expect(relay.waitSignal.aborted).toBe(true);
  expect(relay.interruption).toBe(signal);
});

test('without a terminal every signal is passed on', () => {
  const { relay, sent, target, raise } = relayTo(false);
  relay.passTo(target);
  for (const signal of all) raise(signal);
  expect(sent).toEqual(all);
  expect(relay.interruption).toBeUndefined();
});

test('on a terminal INT and QUIT are not: the child has them already', () => {
  const { relay, sent, target, raise } = relayTo(true);
  relay.passTo(target);
  for (const signal of all) raise(signal);
  expect(sent).toEqual(['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2']);
});

test('after the child has ended nothing is sent to its process id', () => {
  const { relay, sent, target, raise } = relayTo(false);
  relay.passTo(target);
  relay.targetGone();
  raise('SIGTERM');
  expect(sent).toEqual([]);
});

test('in the end no handler is left', () => {
  const { source, relay } = relayTo(false);
  relay.close();
  expect(source.eventNames()).toEqual([]);
});
