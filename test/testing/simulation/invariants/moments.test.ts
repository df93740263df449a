import { describe, expect, test } from 'vitest';
import { configurationValue } from '../../../../src/paxos/configuration-codec.ts';
import type { ReplicaInput } from '../../../../src/replica/input.ts';
import type { PeerMessage } from '../../../../src/replica/messages.ts';
import { changeMoments, Moments, transferMoments } from '../../../../src/testing/simulation/invariants/moments.ts';
import { nodeWorld } from '../support.ts';

const checkpoint = { slot: 8, revision: 5, hash: 'h', chunks: 2, bytes: 9 };
const { node } = nodeWorld();

/** All moments, in the order in which they come, each again and again. */
function listening(): { readonly moments: Moments; readonly seen: string[] } {
  const moments = new Moments();
  const seen: string[] = [];
  for (const moment of [...transferMoments, ...changeMoments]) {
    const listen = (): void =>
      moments.next(moment, ({ nodeId }) => {
        seen.push(`${nodeId}: ${moment}`);
        listen();
      });
    listen();
  }
  return { moments, seen };
}

const chunkStored = (index: number): ReplicaInput => ({ type: 'chunkStored', token: 1, index });
const chunkRequest: PeerMessage = { type: 'chunkRequest', id: 1, slot: checkpoint.slot, index: 0 };

describe('the steps of a transfer', () => {
  test('come in their order, and the state takes effect when it is on the disk as a whole', () => {
    const { moments, seen } = listening();
    moments.onSend(node, { type: 'checkpointQuery', id: 1, aboveSlot: 0 });
    moments.onSend(node, { type: 'checkpointOffer', id: 1, checkpoint });
    moments.onSend(node, chunkRequest);
    moments.onSend(node, { type: 'chunk', id: 1, slot: 8, index: 0, bytes: new Uint8Array(1) });
    moments.onStep(node, chunkStored(0));
    moments.onStep(node, chunkStored(1));
    moments.onStep(node, { type: 'checkpointWritten', checkpoint });
    expect(seen).toEqual(transferMoments.map((moment) => `n1: ${moment}`));
  });

  test('are not those of a node that writes a checkpoint of its own', () => {
    const { moments, seen } = listening();
    moments.onStep(node, { type: 'checkpointWritten', checkpoint });
    moments.onSend(node, { type: 'checkpointOffer', id: 1, checkpoint });
    moments.onSend(node, chunkRequest);
    moments.onStep(node, chunkStored(0));
    moments.onStep(node, { type: 'checkpointWritten', checkpoint });
    expect(seen).toEqual(['n1: chunk asked for', 'n1: chunk stored']);
  });
});

test('a change of the members is proposed by an accept, and no other accept is one', () => {
  const { moments, seen } = listening();
  const ballot = { round: 1, nodeId: node.nodeId };
  const member = { nodeId: node.nodeId, incarnation: 'i', address: '', standing: 'voter', replaces: '' } as const;
  const accept = (value: Uint8Array): PeerMessage => ({ type: 'accept', ballot, slot: 3, value, chosenThrough: 2 });
  moments.onSend(node, accept(new Uint8Array()));
  expect(seen).toEqual([]);
  moments.onSend(node, accept(configurationValue([member])));
  moments.onMembersChanged(node);
  expect(seen).toEqual(changeMoments.map((moment) => `n1: ${moment}`));
});

test('whoever waits is told once', () => {
  const moments = new Moments();
  let told = 0;
  moments.next('members changed', () => {
    told += 1;
  });
  moments.onMembersChanged(node);
  moments.onMembersChanged(node);
  expect(told).toBe(1);
});
