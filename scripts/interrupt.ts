/** A second Ctrl-C within this time is the same one: it may come from the terminal, and from a parent that passes it on. */
const sameMs = 1_000;

/** Aborted by Ctrl-C, so that a long run ends in good order, with what it has found so far. The next Ctrl-C ends the process. */
export function abortedOnInterrupt(): AbortSignal {
  const interrupted = new AbortController();
  let firstMs: number | undefined;
  process.on('SIGINT', () => {
    firstMs ??= performance.now();
    interrupted.abort();
    if (performance.now() - firstMs > sameMs) process.exit(130);
  });
  return interrupted.signal;
}
