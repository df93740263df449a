import { Locks } from '../../machine/locks.ts';
import { decodeBatch, encodeBatch } from '../../wire/batch-codec.ts';
import type { Sequence } from '../../wire/identifiers.ts';
import { decodeOperation, encodeOperation } from '../../wire/operation-codec.ts';
import { mutant, type PlantedBug, replace } from './planted-bug.ts';
import { createRealReplica } from './world/replica-adapter.ts';

/** Larger than any revision of a run. */
const farRevision = 1e9;

/** Breaks what the state machine and the paths to it promise. */
export const serviceBugs: readonly PlantedBug[] = [
  {
    name: 'results-forgotten',
    meaning: 'a command that comes again is carried out again',
    withinSeeds: 50,
    createReplica: mutant(({ replica }) => {
      const { machine } = replica;
      replace(machine, 'rememberedResult', () => () => undefined);
      replace(machine, 'apply', (apply) => (slot, batch) => {
        const operations = decodeBatch(batch).map((bytes) => {
          const operation = decodeOperation(bytes);
          const { command } = operation;
          const session = command && machine.session(command.sessionId);
          if (command === undefined || session === undefined || command.sequence > session.lastSequence) return bytes;
          const sequence = (session.lastSequence + 1) as Sequence;
          return encodeOperation({ ...operation, command: { ...command, sequence } });
        });
        return apply(slot, encodeBatch(operations));
      });
      return {};
    }),
  },
  {
    name: 'newest-waiter-first',
    meaning: 'a lock that becomes free is granted to the one who asked last',
    withinSeeds: 50,
    createReplica: createRealReplica,
    install: () => {
      const { acquire } = Locks.prototype;
      Locks.prototype.acquire = function (name, sessionId, sequence, revision) {
        const asked = this.holder(name) === undefined ? revision : ((farRevision - revision) as typeof revision);
        return acquire.call(this, name, sessionId, sequence, asked);
      };
      return () => {
        Locks.prototype.acquire = acquire;
      };
    },
  },
  {
    name: 'token-used-again',
    meaning: 'the next holder of a lock gets the token of the last',
    withinSeeds: 50,
    createReplica: createRealReplica,
    install: () => {
      const { end } = Locks.prototype;
      Locks.prototype.end = function (acquisition, revision) {
        const next = end.call(this, acquisition, revision);
        if (next !== undefined) next.token = acquisition.token;
        return next;
      };
      return () => {
        Locks.prototype.end = end;
      };
    },
  },
  {
    name: 'watch-skips-on-resume',
    meaning: 'a watch that goes on from the past misses the first revision that it asked for',
    withinSeeds: 50,
    createReplica: mutant(({ replica }) => {
      let resuming = false;
      replace(replica.machine, 'events', (events) => (after) => events(resuming && after > 0 ? after + 1 : after));
      return {
        input: (input) => {
          resuming = input.type === 'clientFrame' && input.frame.watchCreates.length > 0;
          return [input];
        },
      };
    }),
  },
  {
    name: 'watch-events-twice',
    meaning: 'a node that knows no better tells a revision again after a while',
    withinSeeds: 50,
    createReplica: mutant(({ replica }) => {
      let calls = 0;
      replace(replica.machine, 'events', (events) => (after) => {
        calls += 1;
        return events(calls % 10 === 0 ? Math.max(replica.machine.compactedRevision, after - 1) : after);
      });
      return {};
    }),
  },
  {
    name: 'grant-told-too-early',
    meaning: 'a waiter is told that it holds the lock while it waits',
    withinSeeds: 50,
    createReplica: mutant(({ replica }) => {
      replace(replica.machine, 'acquisition', (acquisition) => (name, sessionId, sequence) => {
        const found = acquisition(name, sessionId, sequence);
        return found.state === 'queued' ? { state: 'held', token: replica.machine.revision } : found;
      });
      return {};
    }),
  },
  {
    name: 'state-depends-on-the-node',
    meaning: 'one node takes the operations of a slot in another order',
    withinSeeds: 50,
    createReplica: mutant(({ node, replica }) => {
      if (node.index !== 0) return {};
      replace(
        replica.machine,
        'apply',
        (apply) => (slot, batch) => apply(slot, encodeBatch(decodeBatch(batch).reverse())),
      );
      return {};
    }),
  },
];
