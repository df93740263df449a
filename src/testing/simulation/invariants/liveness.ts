import { utf8Bytes } from '../../../wire/bytes.ts';
import type { Revision } from '../../../wire/identifiers.ts';
import { describe } from '../../checkers/structural-equality.ts';
import { reachesEnd } from '../../checkers/watches.ts';
import type { ClientActor } from '../clients/client-actor.ts';
import type { RandomStream } from '../prng.ts';
import type { SimulatedNode } from '../world/node.ts';
import type { World } from '../world.ts';
import { violated } from './violation.ts';

/** Faults are over: within so long a healed quorum serves and has answered everything. */
const recoveryMs = 5_000;
/** The same where the product's bounds are drawn: those who catch up do so in many small steps. */
const recoveryMsTight = 15_000;
const stepMs = 50;
/** The SDK waits so long for the welcome of a node that takes connections and is silent, and it may meet all of those first. */
const welcomeMs = 4_000;

/**
 * The second half of a run, as in TigerBeetle's VOPR: all faults stop, but only a quorum is healed, and the others are gone for
 * good or come back too. What is called must be answered, those who died must be forgotten, and the survivors must agree.
 */
export class LivenessPhase {
  readonly #world: World;
  readonly #stream: RandomStream;
  #core: readonly SimulatedNode[] = [];
  readonly #probed = new Set<ClientActor>();
  #probesFrom = 0;

  constructor(world: World, stream: RandomStream) {
    this.#world = world;
    this.#stream = stream;
  }

  run(): void {
    const world = this.#world;
    world.nemesis.stop();
    world.stopWorkload();
    this.#core = this.#chooseCore();
    this.#heal();
    const withinMs = world.config.tightLimits ? recoveryMsTight : recoveryMs;
    const expiryMs = Math.ceil(world.config.sessionTtlMs[1] * 1.5);
    const connectMs = withinMs + welcomeMs * (1 + world.nodes.length - this.#core.length);
    this.#await('a leader serves', withinMs, () => this.#leaderInCore());
    // Whoever waits for a lock may have to outlive the session of a dead holder first.
    this.#await('everything called is answered', connectMs + expiryMs, () =>
      world.clients.every(
        (client) => client.phase !== 'running' || (client.pendingCount === 0 && client.lockCount === 0),
      ),
    );
    this.#await('sessions of the dead expire', withinMs + expiryMs, () => this.#deadSessionsAreGone());
    const running = world.clients.filter(({ phase }) => phase === 'running');
    for (const client of running) client.retiring = false;
    this.#probesFrom = world.history.operations.length;
    this.#await('fresh writes and reads succeed', connectMs, () => {
      for (const client of running) this.#probe(client);
      return running.every((client) => client.phase === 'stopped' || this.#probed.has(client));
    });
    this.#await('the survivors agree', withinMs, () => this.#converged());
    this.#await('watches reach the end', connectMs, () => this.#watchesCaughtUp());
  }

  #chooseCore(): readonly SimulatedNode[] {
    const { config, nodes, coverage } = this.#world;
    // A cluster that has never formed needs everybody.
    if (!config.minorityStaysDead || !this.#world.formed) return nodes;
    coverage.hit('liveness with a dead minority');
    const quorum = Math.floor(nodes.length / 2) + 1;
    return this.#stream.shuffled(nodes).slice(0, quorum);
  }

  #heal(): void {
    const { nodes, clients, network, reachability } = this.#world;
    for (const node of nodes) {
      node.disk.heal();
      node.crashMidTurn = false;
      node.pauseMidTurn = undefined;
      if (this.#core.includes(node)) continue;
      if (this.#stream.chance(0.5)) node.crash(this.#stream.chance(0.5));
      else node.pause();
    }
    network.calmDown();
    reachability.healAll();
    for (const node of this.#core) {
      node.resume();
      node.start();
    }
    for (const client of clients) {
      client.retiring = true;
      client.resume();
    }
  }

  #leaderInCore(): boolean {
    return this.#core.some((node) => this.#world.replica(node)?.serving === true);
  }

  #deadSessionsAreGone(): boolean {
    const { clients, service } = this.#world;
    const trusted = new Set(clients.map(({ sessionId }) => sessionId));
    for (const sessionId of service.model.liveSessions) if (!trusted.has(sessionId)) return false;
    return true;
  }

  /** One write and one read by each client; whoever finds its session gone meanwhile tries again in the next. */
  #probe(client: ClientActor): void {
    const { operations } = this.#world.history;
    if (client.pendingCount > 0 || this.#probed.has(client)) return;
    const own = operations.slice(this.#probesFrom).filter((operation) => operation.client === client.name);
    if (own.filter(({ outcome, body }) => outcome.kind === 'done' && body.kind !== 'openSession').length >= 2) {
      this.#probed.add(client);
      return;
    }
    client.openSession();
    if (!client.canCommand) return;
    const key = utf8Bytes(`k/probe-${client.name}`);
    client.command({ kind: 'put', key, value: utf8Bytes('alive'), ephemeral: false });
    client.read({ kind: 'get', key, revision: 0 as Revision, consistency: 'linearizable' });
  }

  #converged(): boolean {
    const { service, consensus } = this.#world;
    const { through } = consensus.chosen;
    let hash: string | undefined;
    for (const node of this.#core) {
      const machine = this.#world.replica(node)?.machine;
      if (machine === undefined || machine.appliedSlot !== through || machine.revision !== service.model.revision)
        return false;
      hash ??= machine.hash;
      if (machine.hash !== hash) violated('states are equal', `${node.nodeId} after slot ${through}`);
    }
    return true;
  }

  #watchesCaughtUp(): boolean {
    const { history, service } = this.#world;
    return history.watches.every((watch) => watch.ended || reachesEnd(watch, service.model));
  }

  #unfinished(): string {
    const { clients, history } = this.#world;
    const open = history.operations.filter(({ outcome }) => outcome.kind === 'unknown').slice(-3);
    const waiting = clients.map(({ name, phase, pendingCount, lockCount, connection }) =>
      [name, phase, `${pendingCount} pending`, `${lockCount} locks`, connection?.node.nodeId].join(' '),
    );
    return `clients ${waiting.join(', ')}; newest unanswered ${describe(open)}`;
  }

  #await(what: string, withinMs: number, condition: () => boolean): void {
    const world = this.#world;
    const untilUs = world.queue.nowUs + withinMs * 1000;
    while (!condition()) {
      if (world.queue.nowUs >= untilUs) {
        violated(`liveness: ${what}`, `not within ${withinMs} ms after the faults; ${this.#unfinished()}`);
      }
      world.runUntil(world.queue.nowUs + stepMs * 1000);
    }
  }
}
