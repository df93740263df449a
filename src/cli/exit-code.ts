import { constants } from 'node:os';

/** What the command ends with; `sysexits.h` and the shells where they have a number for it. */
export const exitCodes = {
  success: 0,
  failure: 1,
  /** EX_USAGE */
  usage: 64,
  /** EX_UNAVAILABLE: no cluster could be reached, or it has no leader. */
  unavailable: 69,
  /** EX_TEMPFAIL: the lock or leadership was not granted in time, or is not free and `--try` was given. */
  lockNotGranted: 75,
  /** It was lost while the command ran, or the session that a command keeps has expired. */
  lockLost: 76,
  notExecutable: 126,
  notFound: 127,
} as const;

/** As a shell reports a program that was ended by a signal: 128 + its number. */
export function signalExitCode(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}
