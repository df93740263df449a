import { drawConfig, type SimulationConfig } from '../config.ts';
import { type FaultKind, survivedFaultKinds } from '../faults/fault-kinds.ts';
import { drawFaults } from '../faults/schedule.ts';
import { SimulationViolation } from '../invariants/violation.ts';
import { RandomStream } from '../prng.ts';
import type { RunPlan } from '../run-plan.ts';
import type { Violation } from '../run-simulation.ts';
import { createRealReplica } from '../world/replica-adapter.ts';
import { tightenLimits } from '../world/tight-limits.ts';
import { World } from '../world.ts';
import type { RecipeMark } from './marks.ts';
import { Platform } from './platform.ts';
import { RecipeProgram } from './recipe-program.ts';
import type { Participant, Scenario } from './scenario.ts';
import { type RecipeName, recipeNames, scenarios } from './scenarios.ts';
import { describeError, Witness } from './witness.ts';

export interface RecipeRunOptions {
  /** Drawn from the seed if absent. */
  readonly recipe?: RecipeName | undefined;
  /** Keep so many of the last lines of the trace; default none. */
  readonly traceLines?: number | undefined;
  /** Report the hash after each event; default no. */
  readonly eventHashes?: boolean | undefined;
}

export interface RecipeReport {
  readonly seed: number;
  readonly recipe: RecipeName;
  readonly violation: Violation | undefined;
  readonly marks: readonly (readonly [RecipeMark, number])[];
  readonly faults: readonly (readonly [FaultKind, number])[];
  readonly traceHash: number;
  readonly eventHashes: readonly number[] | undefined;
  readonly events: number;
  readonly virtualMs: number;
  readonly trace: readonly string[];
}

/** Within so long after the faults all has to have come to rest. Dead sessions expire first, and programs wait between attempts. */
const restMs = 60_000;
const askEveryMs = 300;

/**
 * One run of programs that use a recipe together, over the real SDK and on a whole simulated cluster, under faults of everything;
 * decided by the seed alone. To be awaited before anything else is done in the process.
 */
export async function runRecipes(seed: number, options: RecipeRunOptions = {}): Promise<RecipeReport> {
  const plan = planOf(seed);
  const limits = tightenLimits(plan.config);
  const platform = new Platform();
  try {
    return await platform.during(() => new RecipeRun(platform, plan, options).report(() => limits.relax()));
  } finally {
    limits.restore();
  }
}

/** Nodes come and go, and are lost for good, in other runs: here it is the programs that matter. */
function planOf(seed: number): RunPlan {
  const drawn = drawConfig(seed, { budget: 'within', olderUntilMs: 0, quotas: [], minority: 'healed' });
  const stream = new RandomStream(seed).fork('programs');
  const faults = drawn.faults.filter(([kind]) => survivedFaultKinds.includes(kind));
  const config: SimulationConfig = {
    ...drawn,
    chaosMs: stream.between(4_000, 9_000),
    spares: 0,
    clients: stream.between(3, 4),
    faults: faults.length > 0 ? faults : [['clientStop', 1]],
  };
  return { config, faults: drawFaults(config), calls: [] };
}

class RecipeRun {
  readonly #recipe: RecipeName;
  readonly #scenario: Scenario;
  readonly #platform: Platform;
  readonly #world: World;
  readonly #witness = new Witness(() => this.#world);

  constructor(platform: Platform, plan: RunPlan, { recipe, traceLines = 0, eventHashes = false }: RecipeRunOptions) {
    this.#platform = platform;
    this.#recipe = recipe ?? new RandomStream(plan.config.seed).fork('recipe').pick(recipeNames);
    this.#scenario = scenarios[this.#recipe]({ witness: this.#witness, places: plan.config.clients });
    this.#world = new World({
      plan,
      createReplica: createRealReplica,
      trace: { lines: traceLines, eventHashes },
      createProgram: (place) =>
        new RecipeProgram(
          place,
          platform,
          (program) => this.#scenario.participate(this.#participant(program)),
          (program, error) => this.#witness.found('programs go on', `${program.name}: ${describeError(error)}`),
        ),
    });
  }

  /** All of it. */
  async report(relaxLimits: () => void): Promise<RecipeReport> {
    const world = this.#world;
    let violation: Violation | undefined;
    try {
      world.start();
      await this.#runUntil(world.config.chaosMs * 1000);
      relaxLimits();
      this.#heal();
      await this.#comeToRest();
    } catch (error) {
      if (!(error instanceof SimulationViolation)) throw error;
      violation = { invariant: error.invariant, detail: error.detail };
    }
    return {
      seed: world.config.seed,
      recipe: this.#recipe,
      violation,
      marks: [...this.#witness.marks],
      faults: [...world.nemesis.begun],
      traceHash: world.trace.hash,
      eventHashes: world.trace.eventHashes,
      events: world.trace.events,
      virtualMs: world.queue.nowUs / 1000,
      trace: world.trace.lines,
    };
  }

  async #runUntil(timeUs: number): Promise<void> {
    const { queue, trace } = this.#world;
    while (queue.runNext(timeUs)) {
      if (this.#platform.hasTurns)
        await this.#platform.takeTurns(({ party }) => trace.event('clientStep', party, queue.nowUs));
      if (this.#witness.violation !== undefined) throw this.#witness.violation;
    }
  }

  #heal(): void {
    const { nemesis, nodes, network, transport, reachability, programs } = this.#world;
    nemesis.stop();
    this.#witness.faultsAreOver = true;
    for (const node of nodes) {
      node.disk.heal();
      node.crashMidTurn = false;
      node.pauseMidTurn = undefined;
    }
    network.calmDown();
    transport.calmDown();
    reachability.healAll();
    for (const node of nodes) {
      node.resume();
      node.runTurn();
      node.start();
    }
    for (const program of programs.running) program.resume();
    programs.startMissing();
  }

  async #comeToRest(): Promise<void> {
    const { queue } = this.#world;
    const untilUs = queue.nowUs + restMs * 1000;
    const asked = { isUnanswered: false, isAtRest: false };
    while (!asked.isAtRest && queue.nowUs < untilUs) {
      const [program] = this.#world.programs.running;
      if (!asked.isUnanswered && program instanceof RecipeProgram && program.client !== undefined) {
        asked.isUnanswered = true;
        program.enter(async () => {
          const answer = await this.#witness.attempt(() => this.#scenario.isAtRest(this.#participant(program)));
          Object.assign(asked, { isUnanswered: false, isAtRest: answer === true });
        });
      }
      await this.#runUntil(queue.nowUs + askEveryMs * 1000);
    }
    if (!asked.isAtRest) this.#witness.found('liveness: all comes to rest', `not within ${restMs} ms`);
    if (this.#witness.violation !== undefined) throw this.#witness.violation;
  }

  #participant(program: RecipeProgram): Participant {
    const { client, name, stream, party } = program;
    if (client === undefined) throw new Error(`${name} has no client yet`);
    return { client, name, stream, place: party - this.#world.config.nodes };
  }
}
