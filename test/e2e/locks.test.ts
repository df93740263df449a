import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, connect } from '../../src/client/index.ts';
import { TestCluster } from '../../src/testing/cluster/test-cluster.ts';
import { Program } from './program.ts';

/** Where it is to end. */
const briefTtlMs = 2_000;
/** Where it is to live, through the death of a leader too, on a machine that has much else to do. */
const ttlMs = 20_000;
let cluster: TestCluster;
let client: Client;

beforeAll(async () => {
  cluster = await TestCluster.start({ mode: 'processes', proxies: false });
  client = await connect({ endpoints: cluster.endpoints });
}, 30_000);

afterAll(async () => {
  await client?.close();
  await cluster?.close();
});

function holder(name: string, ofTtlMs = ttlMs): Program {
  return new Program('holder.mjs', [cluster.endpoints.join(','), name, String(ofTtlMs)]);
}

/** A resource outside the service that does what every protected resource has to do. */
class FencedRegister {
  #highestToken = 0;

  write(token: number): boolean {
    if (token < this.#highestToken) return false;
    this.#highestToken = token;
    return true;
  }
}

describe('two programs that contend for a lock', () => {
  it('get it one after the other, with rising tokens', async () => {
    using first = holder('contended');
    const { token } = await first.next('acquired');
    using second = holder('contended');
    await second.next('asked');
    expect(second.has('acquired')).toBe(false);
    first.tell('release');
    expect(await first.next('released')).toMatchObject({ result: 'released' });
    const { token: laterToken } = await second.next('acquired');
    expect(laterToken).toBeGreaterThan(token as number);
    second.tell('close');
    await second.next('closed');
  }, 30_000);

  it('a killed holder keeps it for its TTL, and not much longer', async () => {
    using first = holder('killed', briefTtlMs);
    const { token } = await first.next('acquired');
    using second = holder('killed');
    await second.next('asked');
    const askedMs = performance.now();
    first.tell('ask');
    const remainingMs = (await first.next('answer'))['remainingMs'] as number;
    first.signal('SIGKILL');
    const killedMs = performance.now();
    const { token: laterToken } = await second.next('acquired');
    const waitedMs = performance.now() - killedMs;
    // What it could still trust in when it was asked, before it died. A leader that is late, or a new one, counts longer.
    expect(waitedMs).toBeGreaterThan(remainingMs - (killedMs - askedMs));
    expect(waitedMs).toBeLessThan(ttlMs);
    expect(laterToken).toBeGreaterThan(token as number);
  }, 30_000);

  it('a holder that was stopped past its TTL hears the truth in its first statement, and its late write is refused', async () => {
    const register = new FencedRegister();
    using first = holder('stopped', briefTtlMs);
    const { token } = await first.next('acquired');
    first.tell('ask');
    expect(await first.next('answer')).toMatchObject({ assertHeld: true, aborted: false, held: true });
    expect(register.write(token as number)).toBe(true);
    using second = holder('stopped');
    await second.next('asked');
    first.signal('SIGSTOP');
    const { token: laterToken } = await second.next('acquired');
    expect(register.write(laterToken as number)).toBe(true);
    first.tell('ask');
    first.signal('SIGCONT');
    expect(await first.next('answer')).toMatchObject({ assertHeld: 'LOCK_LOST', aborted: true, held: false });
    expect(register.write(token as number)).toBe(false);
  }, 30_000);

  it('keep their order and their places through a fail-over', async () => {
    using first = holder('kept');
    await first.next('acquired');
    using second = holder('kept');
    await second.next('asked');
    using third = holder('kept');
    await third.next('asked');
    const leader = await cluster.leader();
    await leader.kill();
    await cluster.leader();
    await leader.start();
    first.tell('release');
    expect(await first.next('released')).toMatchObject({ result: 'released' });
    await second.next('acquired');
    expect(third.has('acquired')).toBe(false);
    second.tell('release');
    await third.next('acquired');
  }, 30_000);
});
