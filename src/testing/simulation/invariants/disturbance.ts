import type { RandomStream } from '../prng.ts';
import type { SimulatedNode } from '../world/node.ts';
import type { World } from '../world.ts';

/** Between two deeds of one node, on average. */
const intervalUs = 250_000;
const durationUs = 400_000;

/**
 * Nodes beside a healthy quorum that are not dead: they start anew again and again, stall, sleep, hear everybody and are heard by
 * nobody or the other way round, and come back with what they believed before. A quorum must not care (Alquraan et al., OSDI 2018,
 * on what partial failures of single nodes do to real systems).
 */
export class Disturbance {
  readonly #world: World;
  readonly #outsiders: readonly SimulatedNode[];
  readonly #stream: RandomStream;

  constructor(world: World, outsiders: readonly SimulatedNode[], stream: RandomStream) {
    this.#world = world;
    this.#outsiders = outsiders;
    this.#stream = stream;
  }

  /** Goes on until the end of the run. */
  start(): void {
    for (const node of this.#outsiders) this.#disturbSoon(node);
  }

  #disturbSoon(node: SimulatedNode): void {
    this.#after(intervalUs, () => {
      this.#disturb(node);
      this.#disturbSoon(node);
    });
  }

  #disturb(node: SimulatedNode): void {
    const deed = this.#stream.pick(['cut', 'deafen', 'mute', 'clog', 'crash', 'pause', 'suspend', 'replay'] as const);
    const peers = this.#world.nodes.filter((other) => other !== node);
    const some = this.#stream.chance(0.7) ? peers : [this.#stream.pick(peers)];
    switch (deed) {
      case 'cut':
      case 'deafen':
      case 'mute':
        for (const { index } of some) {
          if (deed !== 'mute') this.#block(index, node.index);
          if (deed !== 'deafen') this.#block(node.index, index);
        }
        return;
      case 'clog':
        for (const { index } of some) this.#clog(node.index, index);
        return;
      case 'crash':
        node.crash(this.#stream.chance(0.5));
        this.#after(durationUs, () => node.start());
        return;
      case 'pause':
      case 'suspend':
        if (deed === 'pause') node.pause();
        else node.suspend();
        this.#after(durationUs, () => node.resume());
        return;
      case 'replay':
        for (const { index } of some) {
          this.#world.network.replay(node.index, index, [this.#stream.real(0, 1), this.#stream.real(0, 1)]);
        }
        return;
    }
  }

  #block(from: number, to: number): void {
    const { reachability } = this.#world;
    reachability.block(from, to);
    this.#after(durationUs, () => reachability.unblock(from, to));
  }

  #clog(from: number, to: number): void {
    const { network } = this.#world;
    network.clog(from, to);
    this.#after(durationUs, () => network.unclog(from, to));
  }

  #after(meanUs: number, run: () => void): void {
    this.#world.queue.after(this.#stream.exponential(meanUs), run);
  }
}
