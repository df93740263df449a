import { onTestFinished } from 'vitest';
import { type Client, ConclaveError, type ConnectOptions, connect } from '../../src/client/index.ts';
import { FakeNode } from './fake-node.ts';

/** A node, and a client of it; both end with the test. */
export async function start(options: ConnectOptions = {}): Promise<{ node: FakeNode; client: Client }> {
  const node = await startNode();
  const client = await connect({ endpoints: [node.address], ...options });
  onTestFinished(async () => {
    node.silentOn.clear();
    node.refusals.clear();
    await client.close();
  });
  return { node, client };
}

export async function startNode(): Promise<FakeNode> {
  const node = await FakeNode.start();
  onTestFinished(() => node.stop());
  return node;
}

/** The error with which a call rejects. */
export async function rejection(call: PromiseLike<unknown>): Promise<ConclaveError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof ConclaveError) return error;
    throw error;
  }
  throw new Error('the call did not reject');
}

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** The event loop stands still. */
export function stall(durationMs: number): void {
  const untilMs = performance.now() + durationMs;
  while (performance.now() < untilMs);
}
