/**
 * Lets a coordinator come to a step, by number, and no further. Each command and read of its client, each call of a participant, and the
 * release of the lock is a step.
 */
export function stopBefore(step, client, participants) {
  let count = 0;
  let reach;
  const reached = new Promise((resolve) => {
    reach = resolve;
  });
  const next = async (work) => {
    const number = count;
    count += 1;
    if (number === step) reach();
    // Those that were to come at once with it do not come, either.
    return number >= step ? await new Promise(() => undefined) : await work();
  };
  for (const name of ['txn', 'get', 'delete']) {
    const call = client[name].bind(client);
    client[name] = (...args) => next(() => call(...args));
  }
  const lock = client.lock.bind(client);
  client.lock = (...args) =>
    next(async () => {
      const held = await lock(...args);
      return Object.defineProperty(held, Symbol.asyncDispose, { value: () => next(() => held.release()) });
    });
  const stepped = (participant) =>
    Object.fromEntries(Object.entries(participant).map(([name, ask]) => [name, (part) => next(() => ask(part))]));
  const all = Object.entries(participants).map(([name, participant]) => [name, stepped(participant)]);
  return { reached, participants: Object.fromEntries(all) };
}
