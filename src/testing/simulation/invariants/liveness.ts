import { utf8Bytes } from '../../../wire/bytes.ts';
import type { NodeId, Revision } from '../../../wire/identifiers.ts';
import { describe } from '../../checkers/structural-equality.ts';
import { reachesEnd } from '../../checkers/watches.ts';
import type { ClientActor } from '../clients/client-actor.ts';
import type { RandomStream } from '../prng.ts';
import type { SimulatedNode } from '../world/node.ts';
import type { World } from '../world.ts';
import { leftBehind } from './bounded-resources.ts';
import { Disturbance } from './disturbance.ts';
import { verifyFailOver } from './fail-over.ts';
import { followedByAll } from './followed-by-all.ts';
import { historyGaveWay, scarceBytes } from './history-gave-way.ts';
import { chooseCore } from './liveness-core.ts';
import { longestExpiryMs } from './longest-expiry.ts';
import { verifyStates } from './sound-states.ts';
import { violated } from './violation.ts';

/** Faults are over: within so long a healed quorum serves and has answered everything. */
const recoveryMs = 5_000;
/** The same where the product's bounds are drawn: those who catch up do so in many small steps. */
const recoveryMsTight = 15_000;
const stepMs = 50;
const startsSession: ReadonlySet<string> = new Set(['openSession', 'resumeSession']);
/** Beside a disturbing minority the core is asked so often, with so long between. */
const disturbedRounds = 3;
const roundMs = 1_500;
/** Once a member of the core leads. */
const leaderChanges = 1;
/** A disturber that leads now and then may put off the end of the dead for so long. */
const longestReignsMs = 120_000;
/** The SDK waits so long for the welcome of a node that takes connections and is silent, and it may meet all of those first. */
const welcomeMs = 4_000;
/** Whoever only listens notices within so long that its stream is dead, or its node cut off, and moves. */
const silenceMs = 15_000;

/**
 * The second half of a run, as in TigerBeetle's VOPR: all faults stop, but only a quorum is healed, and the others are gone for
 * good or come back too. What is called must be answered, those who died must be forgotten, and the survivors must agree.
 */
export class LivenessPhase {
  readonly #world: World;
  readonly #stream: RandomStream;
  #chosenCore: readonly SimulatedNode[] = [];
  readonly #probed = new Set<ClientActor>();
  #probesFrom = 0;

  constructor(world: World, stream: RandomStream) {
    this.#world = world;
    this.#stream = stream;
  }

  run(): void {
    const world = this.#world;
    world.nemesis.stop();
    world.operator.settle(0);
    world.programs.stopWorkload();
    this.#chosenCore = this.#changes ? world.nodes : chooseCore(world, this.#stream);
    this.#heal();
    if (!world.promises.has('liveness')) {
      // Those who have lost their session learn of it.
      world.runUntil(world.queue.nowUs + recoveryMs * 1000);
      return;
    }
    const withinMs = world.config.tightLimits ? recoveryMsTight : recoveryMs;
    const expiryMs = longestExpiryMs(world.config);
    const connectMs = withinMs + welcomeMs * (1 + world.nodes.length - this.#core.length);
    this.#await('a leader serves', withinMs, () => this.#leaderServes());
    // Whoever waits for a lock may have to outlive the session of a dead holder first.
    this.#awaitExpiry('everything called is answered', connectMs + expiryMs, () =>
      world.clients.every(
        (client) => client.phase !== 'running' || (client.pendingCount === 0 && client.lockCount === 0),
      ),
    );
    this.#awaitExpiry('sessions of the dead expire', withinMs + expiryMs, () => this.#deadSessionsAreGone());
    if (!this.#disturbed) this.#await('no watch goes silent', connectMs + silenceMs, () => this.#watchesCaughtUp());
    const running = world.clients.filter(({ phase }) => phase === 'running');
    for (const client of running) client.retiring = false;
    this.#probeAll(running, connectMs);
    if (this.#disturbed) this.#staysInOffice(running, connectMs);
    this.#await('the survivors agree', withinMs, () => this.#converged());
    this.#await('watches reach the end', connectMs, () => this.#watchesCaughtUp());
    // A session that ends in between makes another revision: all of it has to be true at one time.
    this.#awaitExpiry('nothing is left behind', connectMs + expiryMs, () => this.#isAtRest());
    if (!this.#disturbed && world.config.quotas.length > 0) {
      world.operator.settle(scarceBytes);
      this.#await('history gives way to the quota', withinMs, () => historyGaveWay(world, this.#core));
      this.#await('the survivors agree', withinMs, () => this.#converged());
    }
    verifyStates(world, this.#core);
    if (this.#core.length === world.nodes.length) verifyFailOver(world);
    // What has changed meanwhile, because some session has ended, is told by those that are left.
    this.#await('watches reach the end', connectMs, () => this.#watchesCaughtUp());
  }

  /** Where members come and go: those that belong to the cluster now. */
  get #core(): readonly SimulatedNode[] {
    return this.#changes ? this.#world.members : this.#chosenCore;
  }

  get #changes(): boolean {
    return this.#world.config.spares > 0 && this.#world.formed;
  }

  get #disturbed(): boolean {
    return this.#world.config.minority === 'disturbing' && this.#core.length < this.#world.nodes.length;
  }

  #heal(): void {
    const { nodes, clients, network, transport, reachability } = this.#world;
    /** Heard by all others, and hears none of them. */
    const deaf: SimulatedNode[] = [];
    for (const node of nodes) {
      node.disk.heal();
      node.crashMidTurn = false;
      node.pauseMidTurn = undefined;
      if (this.#chosenCore.includes(node) || this.#disturbed) continue;
      const fate = this.#stream.pick(['crashed', 'paused', 'deaf'] as const);
      if (fate === 'crashed') node.crash(this.#stream.chance(0.5));
      else if (fate === 'paused') node.pause();
      else deaf.push(node);
    }
    network.calmDown();
    transport.calmDown();
    reachability.healAll();
    for (const node of this.#disturbed ? nodes : [...this.#chosenCore, ...deaf]) {
      node.resume();
      // Whoever was told that its disk failed, and halts of it, is started again as all others are.
      node.runTurn();
      node.start();
    }
    for (const node of deaf) {
      this.#world.coverage.hit('liveness with a deaf minority');
      for (const other of nodes) if (other !== node) reachability.block(other.index, node.index);
    }
    this.#world.programs.stopFormer();
    for (const client of clients) {
      client.retiring = true;
      client.resume();
    }
    if (this.#disturbed) this.#disturb();
  }

  #disturb(): void {
    const { nodes, clients, reachability } = this.#world;
    const outsiders = nodes.filter((node) => !this.#core.includes(node));
    // Clients that may choose will now and then choose badly, and have to find out.
    if (this.#stream.chance(0.5)) {
      for (const { party } of clients) {
        for (const { index } of outsiders) {
          reachability.block(party, index);
          reachability.block(index, party);
        }
      }
    }
    new Disturbance(this.#world, outsiders, this.#stream.fork('disturbance')).start();
  }

  /** Nobody outside of the core can make it change its leader again and again, or keep it from answering. */
  #staysInOffice(clients: readonly ClientActor[], withinMs: number): void {
    const { queue, coverage } = this.#world;
    // One that has just been started may not vote yet: until then the leader can stand on nobody but a disturber.
    this.#await('the core follows a leader', withinMs, () => followedByAll(this.#leaders()) !== undefined);
    if (!this.#leaderInCore()) return;
    coverage.hit('leader kept beside a disturbing minority');
    const before = coverage.count('leader changed');
    for (let round = 0; round < disturbedRounds; round++) {
      this.#world.runUntil(queue.nowUs + roundMs * 1000);
      this.#probeAll(clients, withinMs);
    }
    const changes = coverage.count('leader changed') - before;
    if (changes > leaderChanges)
      violated('liveness: the leader stays', `${changes} changes beside a disturbing minority`);
  }

  #probeAll(clients: readonly ClientActor[], withinMs: number): void {
    this.#probed.clear();
    this.#probesFrom = this.#world.history.operations.length;
    this.#await('fresh writes and reads succeed', withinMs, () => {
      for (const client of clients) this.#probe(client);
      return clients.every((client) => client.phase === 'stopped' || this.#probed.has(client));
    });
  }

  /** One of the disturbers may be fit to lead for as long as it likes. */
  #leaderServes(): boolean {
    return this.#disturbed ? this.#world.leader() !== undefined : this.#leaderInCore();
  }

  #leaders(): readonly (NodeId | undefined)[] {
    return this.#core.map((node) => this.#world.replica(node)?.leader);
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
    if (own.filter(({ outcome, body }) => outcome.kind === 'done' && !startsSession.has(body.kind)).length >= 2) {
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

  /** What still waits in a node now would wait for ever. */
  #isAtRest(): boolean {
    return this.#leftBehind() === '' && this.#converged() && this.#watchesCaughtUp();
  }

  #leftBehind(): string {
    return this.#core
      .flatMap((node) => {
        const replica = this.#world.replica(node);
        const left = replica === undefined ? 'down' : leftBehind(replica.resourceUse());
        return left === undefined ? [] : [`${node.nodeId}: ${left}`];
      })
      .join('; ');
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
    return `clients ${waiting.join(', ')}; nodes ${this.#leftBehind()}; newest unanswered ${describe(open)}`;
  }

  /**
   * What may have to outlive a session. Each leader gives every session a whole TTL: where the disturbers take part in elections,
   * it is from the last change of leader on, and under a leader that nobody disturbs, that the time counts.
   */
  #awaitExpiry(what: string, withinMs: number, condition: () => boolean): void {
    const { queue, coverage } = this.#world;
    const latestUs = queue.nowUs + (withinMs + longestReignsMs) * 1000;
    let changes = coverage.count('leader changed');
    this.#await(what, withinMs, condition, () => {
      const before = changes;
      changes = coverage.count('leader changed');
      const begins = changes !== before || (!this.#leaderInCore() && this.#world.leader() !== undefined);
      return this.#disturbed && begins && queue.nowUs < latestUs;
    });
  }

  /** `beginsAnew`: whether the time is counted from now on. */
  #await(what: string, withinMs: number, condition: () => boolean, beginsAnew: () => boolean = () => false): void {
    const world = this.#world;
    let untilUs = world.queue.nowUs + withinMs * 1000;
    while (!condition()) {
      if (beginsAnew()) untilUs = world.queue.nowUs + withinMs * 1000;
      if (world.queue.nowUs >= untilUs) {
        violated(`liveness: ${what}`, `not within ${withinMs} ms after the faults; ${this.#unfinished()}`);
      }
      world.runUntil(world.queue.nowUs + stepMs * 1000);
    }
  }
}
